import * as v from 'valibot';
import { ConnectionError, MachineError, UserError } from '../../errors.js';
import { textOf } from './bytePath.js';
import { requireRoom } from './diskRoom.js';
import type { OnDownloaded, WantedDownload } from './download.js';
import { frameHeaderBytes, frame, writeFrameHeader } from './frames.js';
import type { Host } from '../host.js';
import { laneCount, wideFromBytes } from './laneCount.js';
import { type FileRange, RangeOrder } from './rangeOrder.js';
import type { RuntimeFiles } from '../runtimeFiles.js';
import { TransferProcess } from './transferProcess.js';

/** Asked for ahead on each lane: more than the window of its channel, so that it never rests. */
const mostAhead = 12;
/** At first, so that the lanes' ranges alternate and what comes soon fits together. */
const firstAhead = 2;
const tries = 4;

const wantedKind = 'W';
const finishKind = 'Q';

const opened = v.object({ event: v.literal('file'), size: v.number(), offset: v.number() });
const ended = v.variant('event', [
  v.object({ event: v.literal('end'), sha256: v.nullable(v.string()) }),
  v.object({ event: v.literal('changed') }),
]);

/** The file on the machine is not what it was when we began. */
class FileMoved extends Error {}

/**
 * Completes one part file over several lanes at once, for a machine that is far away. The first goes with the machine's
 * small questions, looks at the file and computes its sha256; it carries content until the others, which go apart, have
 * joined. What has come is written in order, so what is here is always the file's beginning.
 * Promises and errors are those of `download`.
 */
export async function downloadRanges(
  host: Host,
  runtime: RuntimeFiles,
  file: WantedDownload,
  onDownloaded: OnDownloaded,
  signal: AbortSignal,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const download = new RangedDownload(host, runtime, file, onDownloaded, signal);
    try {
      await download.run();
      return;
    } catch (error) {
      await download.end();
      if (!(error instanceof FileMoved)) throw error;
      onDownloaded(-file.part.length, 0);
      await file.part.restart();
      if (attempt === tries)
        throw new MachineError(
          `On ${host.name}, ${textOf(file.remotePath)} changes all the time while it is read.`,
          { cause: error },
        );
    } finally {
      await download.end();
    }
  }
}

class RangedDownload {
  readonly #host: Host;
  readonly #runtime: RuntimeFiles;
  readonly #file: WantedDownload;
  readonly #onDownloaded: OnDownloaded;
  readonly #signal: AbortSignal;
  readonly #lanes = new Set<Lane>();
  readonly #carrying: Promise<void>[] = [];
  #wakers: (() => void)[] = [];
  /** Lanes that carry beside the first. */
  #apart = 0;
  #isOver = false;

  constructor(
    host: Host,
    runtime: RuntimeFiles,
    file: WantedDownload,
    onDownloaded: OnDownloaded,
    signal: AbortSignal,
  ) {
    this.#host = host;
    this.#runtime = runtime;
    this.#file = file;
    this.#onDownloaded = onDownloaded;
    this.#signal = signal;
  }

  async run(): Promise<void> {
    const { part, remotePath } = this.#file;
    const request = { op: 'ranges', path: remotePath, offset: part.length, prefix: part.sha256 };
    const process = await TransferProcess.start(this.#host, this.#runtime, request, this.#laneSignal);
    const first = new Lane(process);
    this.#lanes.add(first);
    const { size, offset } = await process.message(opened);
    if (offset !== part.length) {
      this.#onDownloaded(-part.length, size);
      await part.restart();
    }
    await requireRoom(part.path, size - part.length);
    process.stayAlive();
    const order = new RangeOrder(part.length, size, async (bytes) => {
      await part.append(bytes);
      this.#onDownloaded(bytes.length, size);
    });
    const others = size - offset < wideFromBytes ? 0 : laneCount(this.#host.roundTripMs ?? 0);
    await this.#receiveAll(first, order, others);
    const sha256 = await first.finish();
    if (sha256 !== part.sha256) throw new FileMoved();
    await part.finish();
  }

  /** Many lanes would be more listeners than Node takes for sound on one signal. */
  get #laneSignal(): AbortSignal {
    return AbortSignal.any([this.#signal]);
  }

  /** Resolves once nothing of it touches the part file any more. Safe to repeat. */
  async end(): Promise<void> {
    this.#isOver = true;
    for (const lane of this.#lanes) lane.close();
    this.#changed();
    await Promise.allSettled(this.#carrying);
  }

  /** Until all of the file is here. The first lane rests while others carry, and steps in when none is left. */
  #receiveAll(first: Lane, order: RangeOrder, others: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const start = (work: Promise<void>): void => {
        this.#carrying.push(work);
        work.then(() => order.isComplete && resolve(), reject);
      };
      start(this.#carry(first, order, () => this.#apart === 0));
      for (let lane = 0; lane < others; lane += 1)
        this.#opened().then((opened) => {
          if (opened !== undefined) start(this.#carryApart(opened, order));
        }, reject);
    });
  }

  async #carryApart(lane: Lane, order: RangeOrder): Promise<void> {
    this.#lanes.add(lane);
    this.#apart += 1;
    try {
      await this.#carry(lane, order, () => true);
    } catch (error) {
      if (!(error instanceof ConnectionError) || this.#isOver) throw error;
      order.giveBack(lane.unanswered);
      this.#apart -= 1;
      this.#changed();
    }
  }

  /** Asks for ranges and takes what comes until all is here. A lane that may not ask rests until something changes. */
  async #carry(lane: Lane, order: RangeOrder, mayAsk: () => boolean): Promise<void> {
    while (!order.isComplete && !this.#isOver) {
      if (mayAsk()) await lane.askFor(order);
      if (lane.unanswered.length === 0) await new Promise<void>((wake) => this.#wakers.push(wake));
      else {
        await lane.receiveInto(order);
        this.#changed();
      }
    }
  }

  #changed(): void {
    const wakers = this.#wakers;
    this.#wakers = [];
    for (const wake of wakers) wake();
  }

  /** One that cannot be opened is done without. */
  async #opened(): Promise<Lane | undefined> {
    const request = { op: 'ranges', path: this.#file.remotePath };
    let process: TransferProcess | undefined;
    try {
      process = await TransferProcess.startApart(this.#host, this.#runtime, request, this.#laneSignal);
      await process.message(opened);
      process.stayAlive();
      const lane = new Lane(process);
      if (!this.#isOver) return lane;
    } catch (error) {
      this.#signal.throwIfAborted();
      if (!(error instanceof UserError)) throw error;
    }
    process?.close();
    return undefined;
  }
}

/** One process that sends the ranges it is asked for, in the order of asking. */
class Lane {
  readonly #process: TransferProcess;
  #unanswered: FileRange[] = [];
  #ahead = firstAhead;

  constructor(process: TransferProcess) {
    this.#process = process;
  }

  /** What it was asked for that has not come. */
  get unanswered(): readonly FileRange[] {
    return this.#unanswered;
  }

  async askFor(order: RangeOrder): Promise<void> {
    const requests: Buffer[] = [];
    while (this.#unanswered.length < this.#ahead) {
      const range = order.take();
      if (range === undefined) break;
      this.#unanswered.push(range);
      requests.push(wantedFrame(range));
    }
    // Nobody reads any more when this is false: why is told by what is received next.
    if (requests.length > 0) await this.#process.send(Buffer.concat(requests));
  }

  async receiveInto(order: RangeOrder): Promise<void> {
    const next = await this.#process.next();
    const [range, ...rest] = this.#unanswered;
    if (next.kind !== 'D') {
      const told = this.#process.parse(next, ended);
      throw told.event === 'changed' ? new FileMoved() : this.#process.foreign('an end in the middle');
    }
    const { length } = next.payload;
    if (range === undefined || length > range.length) throw this.#process.foreign('more than was asked for');
    const left = { offset: range.offset + length, length: range.length - length };
    this.#unanswered = left.length === 0 ? rest : [left, ...rest];
    if (left.length === 0) this.#ahead = Math.min(mostAhead, this.#ahead + 1);
    await order.put(range.offset, next.payload);
  }

  /** @returns sha256 of the whole file there, from the lane that was asked to compute it */
  async finish(): Promise<string | null> {
    await this.#process.send(frame(finishKind, Buffer.alloc(0)));
    const told = await this.#process.message(ended);
    if (told.event === 'changed') throw new FileMoved();
    return told.sha256;
  }

  close(): void {
    this.#process.close();
  }
}

function wantedFrame({ offset, length }: FileRange): Buffer {
  const bytes = Buffer.alloc(frameHeaderBytes + 12);
  writeFrameHeader(bytes, 0, wantedKind, 12);
  bytes.writeBigUInt64BE(BigInt(offset), frameHeaderBytes);
  bytes.writeUInt32BE(length, frameHeaderBytes + 8);
  return bytes;
}
