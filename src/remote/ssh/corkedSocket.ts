import { Socket } from 'node:net';

/**
 * A TCP socket that joins all writes of one tick. Without Node's native helpers ssh2 writes each packet in three
 * pieces; this sends them, and the packets of a burst, in one system call.
 */
export class CorkedSocket extends Socket {
  #isCorked = false;

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
