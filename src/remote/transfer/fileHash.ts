import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

const pieceBytes = 256 * 1024;

/** sha256 of bytes in memory, as hex. */
export function sha256Of(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export const sha256OfNothing = sha256Of(Buffer.alloc(0));

/** sha256 of the first `length` bytes, or of all there are. */
export function sha256OfFile(path: string | Buffer, length: number, signal: AbortSignal): Promise<string> {
  return sha256OfPart(path, { start: 0, bytes: length }, signal);
}

/** sha256 of `bytes` bytes from `start` on, or of all there are. */
export async function sha256OfPart(
  path: string | Buffer,
  part: { readonly start: number; readonly bytes: number },
  signal: AbortSignal,
): Promise<string> {
  const file = await open(path, constants.O_RDONLY);
  try {
    const digest = createHash('sha256');
    const piece = Buffer.allocUnsafe(Math.max(1, Math.min(pieceBytes, part.bytes)));
    for (let done = 0; done < part.bytes;) {
      signal.throwIfAborted();
      const wanted = Math.min(piece.length, part.bytes - done);
      const { bytesRead } = await file.read(piece, 0, wanted, part.start + done);
      if (bytesRead === 0) break;
      digest.update(piece.subarray(0, bytesRead));
      done += bytesRead;
    }
    return digest.digest('hex');
  } finally {
    await file.close();
  }
}
