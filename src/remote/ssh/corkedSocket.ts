import { type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net';
import { free } from '../ownMemory.js';

/** How long what comes may keep the event loop before others get their turn. */
const turnMs = 2;
/** Read at once. ssh2 copies each packet of 32 KB that the end of a read cuts. */
const readBytes = 512 * 1024;
/** Before there are keys, ssh2 keeps parts of what it is given: all of it is small, and copied. */
const copiedBelowBytes = 16 * 1024;
/** Of the length that a packet begins with. */
const lengthBytes = 4;

/**
 * A TCP socket for ssh2 and much traffic. Joins all writes of one tick: without Node's native helpers ssh2 writes each
 * packet in three pieces; this sends them, and the packets of a burst, in one system call. Reads into two buffers in turn,
 * over and over, so what `data` brings stands until the listeners have had what comes next: with ChaCha20, ssh2 looks at
 * a packet once its MAC is there, which may come with the next piece (`ChaChaPolyDecipherNative` of its crypto.js). What
 * is small is copied. Hands on no more than a few milliseconds' work in one turn of the event loop, where Node would hand
 * on all that came, 2 MB and more. What ssh2 encrypted is freed once it is written.
 */
export class CorkedSocket extends Socket {
  #isCorked = false;
  /** Since when this turn hands on what came; `undefined` before the first of it. */
  #turnSinceMs: number | undefined;

  constructor() {
    let [current, next] = [Buffer.allocUnsafeSlow(readBytes), Buffer.allocUnsafeSlow(readBytes)];
    const onread: OnReadOpts = {
      buffer: () => current,
      callback: (count) => {
        const bytes = current.subarray(0, count);
        if (count >= copiedBelowBytes) [current, next] = [next, current];
        return this.#receive(bytes);
      },
    };
    // Not in the types: https://nodejs.org/docs/latest-v20.x/api/net.html#new-netsocketoptions
    super({ onread } as SocketConstructorOpts);
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

  override _writev(
    chunks: { chunk: Uint8Array; encoding: BufferEncoding }[],
    done: (error?: Error | null) => void,
  ): void {
    // Node puts something else into this array.
    const written = chunks.map(({ chunk }) => chunk);
    super._writev?.(chunks, (error) => {
      if (!error) for (const each of written) freePacket(each);
      done(error);
    });
  }

  /** @returns whether there is time for more in this turn */
  #receive(bytes: Buffer): boolean {
    if (this.#turnSinceMs === undefined) {
      this.#turnSinceMs = performance.now();
      setImmediate(() => this.#endTurn());
    }
    const isListenedTo = this.readableFlowing === true && this.readableLength === 0;
    if (isListenedTo && bytes.length >= copiedBelowBytes) this.emit('data', bytes);
    else this.push(Buffer.from(bytes));
    return performance.now() - this.#turnSinceMs < turnMs;
  }

  #endTurn(): void {
    this.#turnSinceMs = undefined;
    if (!this.isPaused()) this.read(0);
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

/**
 * Frees what a write of ssh2 leaves behind: the memory of an encrypted packet, which was written whole, or of the packet
 * before that, of which only the length goes as it is. What shares its memory with anything, as in a pool, stays.
 */
function freePacket({ buffer, byteOffset, byteLength }: Uint8Array): void {
  if (!(buffer instanceof ArrayBuffer)) return;
  const isWhole = byteLength === buffer.byteLength;
  const isLength = byteOffset === 0 && byteLength === lengthBytes && !isWhole;
  if (isWhole || (isLength && buffer.byteLength === lengthBytes + new DataView(buffer).getUint32(0)))
    free(buffer);
}
