import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as after } from 'node:timers';

/** A long line between two ends of TCP. */
export interface LineOptions {
  readonly roundTripMs: number;
  /** Shared by all connections, each way for itself; as fast as the computer goes when absent. */
  readonly megabitsPerSecond?: number;
}

/** What a connection sends before the first answer, and what Linux keeps in flight at most (`tcp_wmem` of 4 MiB). */
const initialWindowBytes = 10 * 1448;
const largestWindowBytes = 3_300_000;
/** A longer queue than that loses packets, and whoever sends halves what it keeps in flight. */
const longestQueueMs = 50;
const shortestRestMs = 200;
const pieceBytes = 64 * 1024;
/** Timers know whole milliseconds. */
const timerToleranceMs = 0.5;

/**
 * Starts a line to a port of this computer that behaves as TCP does over one: slow start, again after a rest, so much
 * in flight and no more, and less of it once the line's queue is full. Nothing is lost, doubled or reordered.
 */
export async function startLine(targetPort: number, options: LineOptions): Promise<Line> {
  const server = createServer({ noDelay: true, allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return new Line(server, targetPort, options);
}

export class Line {
  readonly port: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(server: Server, targetPort: number, options: LineOptions) {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the line has no port');
    this.port = address.port;
    this.#server = server;
    const [up, down] = [new Wire(options), new Wire(options)];
    server.on('connection', (client) => {
      const target = connect({
        host: '127.0.0.1',
        port: targetPort,
        noDelay: true,
        allowHalfOpen: true,
      });
      for (const socket of [client, target]) this.#keep(socket);
      new Flow(client, target, up).start();
      new Flow(target, client, down).start();
    });
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    // Each piece that waits for room listens.
    socket.setMaxListeners(0);
    socket.once('close', () => this.#sockets.delete(socket));
    socket.on('error', () => socket.destroy());
  }
}

/** One way of the line, with the queue before it. */
class Wire {
  readonly oneWayMs: number;
  readonly #msPerByte: number;
  #freeAtMs = 0;

  constructor({ roundTripMs, megabitsPerSecond }: LineOptions) {
    this.oneWayMs = roundTripMs / 2;
    this.#msPerByte = megabitsPerSecond === undefined ? 0 : 8 / (megabitsPerSecond * 1000);
  }

  /** Puts bytes in the queue. @returns when they are at the other end, and how long they queue */
  send(bytes: number): { readonly arrivesAtMs: number; readonly queueMs: number } {
    const now = performance.now();
    const queueMs = Math.max(0, this.#freeAtMs - now);
    this.#freeAtMs = now + queueMs + bytes * this.#msPerByte;
    return { arrivesAtMs: this.#freeAtMs + this.oneWayMs, queueMs };
  }
}

/** What goes one way over one connection. */
class Flow {
  readonly #source: Socket;
  readonly #target: Socket;
  readonly #wire: Wire;
  #waiting: Buffer[] = [];
  readonly #underway: { readonly piece: Buffer; readonly arrivesAtMs: number }[] = [];
  #ended = false;
  #inFlightBytes = 0;
  #windowBytes = initialWindowBytes;
  #slowStartUpTo = Number.POSITIVE_INFINITY;
  #lastSentMs = 0;
  #lastLossMs = 0;

  constructor(source: Socket, target: Socket, wire: Wire) {
    this.#source = source;
    this.#target = target;
    this.#wire = wire;
  }

  start(): void {
    this.#source.on('data', (chunk: Buffer) => {
      this.#waiting.push(chunk);
      this.#send();
    });
    this.#source.once('end', () => {
      this.#ended = true;
      this.#send();
    });
    this.#source.once('close', () => this.#source.errored && this.#target.destroy());
  }

  #send(): void {
    this.#restart();
    while (this.#waiting.length > 0 && this.#inFlightBytes < this.#windowBytes) this.#sendPiece();
    if (this.#waiting.length > 0) this.#source.pause();
    else if (this.#source.isPaused()) this.#source.resume();
    if (this.#ended && this.#waiting.length === 0 && this.#inFlightBytes === 0) this.#target.end();
  }

  #sendPiece(): void {
    const [first] = this.#waiting;
    if (first === undefined) return;
    const bytes = Math.min(first.length, pieceBytes, this.#windowBytes - this.#inFlightBytes);
    const piece = first.subarray(0, bytes);
    if (bytes === first.length) this.#waiting.shift();
    else this.#waiting[0] = first.subarray(bytes);
    this.#inFlightBytes += bytes;
    const { arrivesAtMs, queueMs } = this.#wire.send(bytes);
    this.#lastSentMs = performance.now();
    if (queueMs > longestQueueMs) this.#slowDown();
    this.#underway.push({ piece, arrivesAtMs });
    if (this.#underway.length === 1) this.#awaitArrival(arrivesAtMs);
  }

  #awaitArrival(atMs: number): void {
    after(() => this.#arriveAll(), Math.max(0, atMs - performance.now()));
  }

  /** In order, whatever timers do. */
  #arriveAll(): void {
    const now = performance.now() + timerToleranceMs;
    for (let first = this.#underway[0]; first !== undefined && first.arrivesAtMs <= now;) {
      this.#underway.shift();
      this.#arrive(first.piece);
      first = this.#underway[0];
    }
    const [next] = this.#underway;
    if (next !== undefined) this.#awaitArrival(next.arrivesAtMs);
  }

  /** The receiver says that it has it once its program has room for more. */
  #arrive(piece: Buffer): void {
    if (this.#target.destroyed) return;
    const acknowledge = (): void => void after(() => this.#acknowledged(piece.length), this.#wire.oneWayMs);
    if (this.#target.write(piece)) acknowledge();
    else this.#target.once('drain', acknowledge);
  }

  #acknowledged(bytes: number): void {
    this.#inFlightBytes -= bytes;
    const grown =
      this.#windowBytes < this.#slowStartUpTo ? bytes : Math.ceil((1448 * bytes) / this.#windowBytes);
    this.#windowBytes = Math.min(largestWindowBytes, this.#windowBytes + grown);
    this.#send();
  }

  #slowDown(): void {
    const now = performance.now();
    if (now - this.#lastLossMs < this.#wire.oneWayMs * 2 + longestQueueMs) return;
    this.#lastLossMs = now;
    this.#windowBytes = Math.max(initialWindowBytes, Math.floor(this.#windowBytes / 2));
    this.#slowStartUpTo = this.#windowBytes;
  }

  /** After a rest nobody knows any more what the line bears. */
  #restart(): void {
    const restMs = performance.now() - this.#lastSentMs;
    if (this.#inFlightBytes === 0 && restMs > Math.max(shortestRestMs, this.#wire.oneWayMs * 4))
      this.#windowBytes = Math.min(this.#windowBytes, initialWindowBytes);
  }
}
