import type { Readable } from 'node:stream';

/** What the programs that move bytes (`runtime/transfer.py`, `upload.py`, `lane.py`) and we say to each other: a letter, a length, a payload. */
export interface Frame {
  /** One character. */
  readonly kind: string;
  /** All of it; of content, what has come of it. */
  readonly payload: Buffer;
}

/** Kinds whose payloads are pieces of a file: where one frame ends and the next begins means nothing. */
const contentKinds = 'DLG';

export const frameHeaderBytes = 5;
const largestFrameBytes = 16 * 1024 * 1024;
/** Everything before this line was printed by a login script, not by our program. */
const hello = Buffer.from('\0trainyard transfer 1\n', 'latin1');
const longestGreetingBytes = 1024 * 1024;

export function frame(kind: string, payload: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(frameHeaderBytes + payload.length);
  writeFrameHeader(bytes, 0, kind, payload.length);
  payload.copy(bytes, frameHeaderBytes);
  return bytes;
}

export function writeFrameHeader(target: Buffer, offset: number, kind: string, payloadBytes: number): void {
  target.write(kind, offset, 'latin1');
  target.writeUInt32BE(payloadBytes, offset + 1);
}

/** The bytes are not what our program writes: something else answered. */
export class ForeignBytes extends Error {}

/**
 * The frames of a stream, read no faster than they are asked for; content piece by piece, as it comes, so that it is
 * copied nowhere. Ends when the stream does, even within a frame.
 * @throws {ForeignBytes}
 */
export async function* readFrames(stream: Readable): AsyncGenerator<Frame> {
  const bytes = new ByteQueue();
  const frames = new FrameQueue(bytes);
  let greeted = false;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    bytes.push(chunk);
    greeted ||= dropGreeting(bytes);
    if (!greeted) continue;
    for (let next = frames.take(); next !== undefined; next = frames.take()) yield next;
  }
}

function dropGreeting(bytes: ByteQueue): boolean {
  const at = bytes.peek(bytes.length).indexOf(hello);
  if (at >= 0) bytes.take(at + hello.length);
  else if (bytes.length > longestGreetingBytes) throw new ForeignBytes('no greeting');
  return at >= 0;
}

/** What bytes that have come amount to. */
class FrameQueue {
  readonly #bytes: ByteQueue;
  /** The content that is being read, and what has not come of it. */
  #content = { kind: '', missingBytes: 0 };

  constructor(bytes: ByteQueue) {
    this.#bytes = bytes;
  }

  take(): Frame | undefined {
    if (this.#content.missingBytes > 0) return this.#takeContent();
    if (this.#bytes.length < frameHeaderBytes) return undefined;
    const header = this.#bytes.peek(frameHeaderBytes);
    const kind = header.toString('latin1', 0, 1);
    const payloadBytes = header.readUInt32BE(1);
    if (payloadBytes > largestFrameBytes) throw new ForeignBytes(`a frame of ${payloadBytes} bytes`);
    if (contentKinds.includes(kind) && payloadBytes > 0) {
      this.#bytes.take(frameHeaderBytes);
      this.#content = { kind, missingBytes: payloadBytes };
      return this.#takeContent();
    }
    if (this.#bytes.length < frameHeaderBytes + payloadBytes) return undefined;
    this.#bytes.take(frameHeaderBytes);
    return { kind, payload: this.#bytes.take(payloadBytes) };
  }

  #takeContent(): Frame | undefined {
    const { kind, missingBytes } = this.#content;
    const payload = this.#bytes.takeFirst(missingBytes);
    if (payload === undefined) return undefined;
    this.#content = { kind, missingBytes: missingBytes - payload.length };
    return { kind, payload };
  }
}

/** Chunks in, ranges out; joins chunks only where a range crosses them. */
class ByteQueue {
  #chunks: Buffer[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
  }

  /** The first `count` bytes, which must be there; they stay. */
  peek(count: number): Buffer {
    const first = this.#chunks[0] ?? Buffer.alloc(0);
    if (first.length >= count) return first.subarray(0, count);
    const joined = Buffer.concat(this.#chunks, this.#length);
    this.#chunks = [joined];
    return joined.subarray(0, count);
  }

  /** As many of `count` bytes as need no joining; `undefined` when there are none. */
  takeFirst(count: number): Buffer | undefined {
    const [first] = this.#chunks;
    return first === undefined ? undefined : this.take(Math.min(count, first.length));
  }

  take(count: number): Buffer {
    const taken = this.peek(count);
    const first = this.#chunks[0];
    if (first?.length === count) this.#chunks.shift();
    else if (first !== undefined) this.#chunks[0] = first.subarray(count);
    this.#length -= count;
    return taken;
  }
}
