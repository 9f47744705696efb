import { Writable } from 'node:stream';
import type { HostProcess } from '../../src/remote/host.js';

/** A process whose input passes by somebody first, who lets each piece on now or later. */
export function withWatchedInput(
  process: HostProcess,
  onPiece: (piece: Buffer, letOn: () => void) => void,
): HostProcess {
  const stdin = new Writable({
    write: (piece: Buffer, _encoding, done) =>
      onPiece(piece, () => void process.stdin.write(piece, () => done())),
  });
  process.stdin.on('close', () => stdin.destroy());
  return { ...process, stdin };
}
