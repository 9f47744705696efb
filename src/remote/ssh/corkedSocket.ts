import { Socket } from 'node:net';

/** How long what comes may keep the event loop before others get their turn. */
const turnMs = 2;

/**
 * A TCP socket that joins all writes of one tick, and shares the event loop with others while much comes. Without Node's native helpers ssh2 writes each packet in three
 * pieces; this sends them, and the packets of a burst, in one system call. Node hands on up to 2 MB in one turn of the event
 * loop, which take ssh2 and us 10 ms and more; this reads the rest in the next turn.
 */
export class CorkedSocket extends Socket {
  #isCorked = false;
  /** Since when this turn hands on what came; `undefined` before the first of it. */
  #turnSinceMs: number | undefined;
  #readsLater: (() => void) | undefined;

  constructor() {
    super();
    // `connect` puts Node's own `write` into a socket that has another one.
    const write: unknown = Reflect.get(CorkedSocket.prototype, 'write');
    Object.defineProperty(this, 'write', { get: () => write, set: () => undefined });
  }

  override write(bytes: Uint8Array | string, callback?: (error?: Error | null) => void): boolean;
  override write(
    bytes: Uint8Array | string,
    encoding?: BufferEncoding,
    callback?: (error?: Error | null) => void,
  ): boolean;
  override write(
    bytes: Uint8Array | string,
    second?: BufferEncoding | ((error?: Error | null) => void),
    third?: (error?: Error | null) => void,
  ): boolean {
    this.#corkForThisTick();
    if (typeof second === 'string') return super.write(bytes, second, third);
    return super.write(bytes, second);
  }

  override push(bytes: Uint8Array | null, encoding?: BufferEncoding): boolean {
    if (this.#turnSinceMs === undefined) {
      this.#turnSinceMs = performance.now();
      setImmediate(() => this.#endTurn());
    }
    return super.push(bytes, encoding) && !this.#isTurnOver;
  }

  override _read(size: number): void {
    if (this.#isTurnOver) this.#readsLater = () => super._read(size);
    else super._read(size);
  }

  get #isTurnOver(): boolean {
    return this.#turnSinceMs !== undefined && performance.now() - this.#turnSinceMs > turnMs;
  }

  #endTurn(): void {
    this.#turnSinceMs = undefined;
    const readOn = this.#readsLater;
    this.#readsLater = undefined;
    readOn?.();
  }

  #corkForThisTick(): void {
    if (this.#isCorked) return;
    this.#isCorked = true;
    this.cork();
    process.nextTick(() => {
      this.#isCorked = false;
      this.uncork();
    });
  }
}
