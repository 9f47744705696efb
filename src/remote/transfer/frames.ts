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
/** Tells a program that stood by what it is to do now. */
export const beginKind = 'B';
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

/** So much is kept for whoever asks next; then the stream waits. */
const mostWaitingBytes = 1024 * 1024;

/**
 * The frames of a stream, read little faster than they are asked for; content piece by piece, as it comes, so that it
 * is copied nowhere. Ends when the stream does, even within a frame.
 */
export class FrameReader {
  readonly #stream: Readable;
  readonly #bytes = new ByteQueue();
  readonly #frames = new FrameQueue(this.#bytes);
  #isGreeted = false;
  #isOver = false;
  #wakers: (() => void)[] = [];

  constructor(stream: Readable) {
    this.#stream = stream;
    stream.on('data', (chunk: Buffer) => {
      this.#bytes.push(chunk);
      if (this.#bytes.length > mostWaitingBytes) stream.pause();
      this.#changed();
    });
    // One that breaks just ends: why is told by the exit of whoever wrote it.
    for (const event of ['end', 'error', 'close']) stream.once(event, () => this.#end());
  }

  /** Whether our program has begun to speak, as far as was read. */
  get isGreeted(): boolean {
    return this.#isGreeted;
  }

  /**
   * The next frame if it has come.
   * @throws {ForeignBytes}
   */
  take(): Frame | undefined {
    return this.#hasGreeting() ? this.#frames.take() : undefined;
  }

  /**
   * Whether our program has begun to speak; false when it ended before.
   * @throws {ForeignBytes}
   */
  async greeted(): Promise<boolean> {
    while (!this.#hasGreeting() && !this.#isOver) await this.#more();
    return this.#isGreeted;
  }

  /**
   * The next frame; `undefined` at the end.
   * @throws {ForeignBytes}
   */
  async next(): Promise<Frame | undefined> {
    for (;;) {
      const next = this.take();
      if (next !== undefined || this.#isOver) return next;
      await this.#more();
    }
  }

  /** Reads no more, and lets the stream end. */
  close(): void {
    this.#end();
    this.#stream.destroy();
  }

  #hasGreeting(): boolean {
    return (this.#isGreeted ||= dropGreeting(this.#bytes));
  }

  /** Resolves when something came, or nothing will. */
  #more(): Promise<void> {
    this.#stream.resume();
    return new Promise<void>((wake) => this.#wakers.push(wake));
  }

  #end(): void {
    this.#isOver = true;
    this.#changed();
  }

  #changed(): void {
    const wakers = this.#wakers;
    this.#wakers = [];
    for (const wake of wakers) wake();
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
