import * as v from 'valibot';
import { abortable } from '../../abortable.js';
import { messageOf } from '../../errors.js';
import { busyLanes, laneCount, wideFromBytes } from './laneCount.js';
import { LineRate } from './lineRate.js';
import type { Outbox } from './outbox.js';
import { TransferProcess } from './transferProcess.js';
import type { UploadOptions } from './upload.js';
import { admissionFrame, finishFrame } from './uploadFrames.js';
import { laneRequest } from './uploadRequest.js';

const opened = v.object({ event: v.literal('open') });
const landed = v.object({ event: v.literal('landed') });

/** In the first of these, buffers on the way take much of what seems to have gone. */
const rateWindowMs = 1_000;
const firstWindows = 1;

interface Admission {
  readonly frame: Buffer;
  readonly door: string | undefined;
}

interface Lane {
  readonly process: TransferProcess;
  /** What it was given is lost with it. */
  hasCarried: boolean;
  /** It is given nothing. */
  isOut: boolean;
}

/**
 * Further ways for the content of an upload, apart from the connection for commands: opened once there is much to send,
 * the more of them the longer a round trip takes, since a channel carries only a window of 2 MB in each. They join when
 * they are ready; one that cannot be opened is done without.
 */
export class UploadLanes {
  readonly #what: UploadOptions;
  readonly #outbox: Outbox;
  readonly #signal: AbortSignal;
  readonly #onLost: (error: unknown) => void;
  #open: readonly Lane[] = [];
  readonly #admission: Promise<Admission>;
  #admit: (admission: Admission) => void = () => undefined;
  readonly #rate = new LineRate(rateWindowMs);
  #windows = 0;
  /** The others rest: the line is slower than they are. */
  #busy = Number.POSITIVE_INFINITY;
  #bytes = 0;
  #isWide = false;
  #isOver = false;
  #isFinishing = false;

  /** @param onLost called when a lane that has carried something breaks: what was on its way is lost */
  constructor(what: UploadOptions, outbox: Outbox, onLost: (error: unknown) => void, signal: AbortSignal) {
    this.#what = what;
    this.#outbox = outbox;
    this.#onLost = onLost;
    this.#signal = signal;
    this.#admission = new Promise((resolve) => (this.#admit = resolve));
  }

  get areOpen(): boolean {
    return this.#open.length > 0;
  }

  /** The machine has said how lanes join, and by which door, if there is one. */
  admit(stage: string, token: string, door: string | undefined): void {
    this.#admit({ frame: admissionFrame(token, stage), door });
  }

  /** So much more is to be carried, probably. Lanes start while the machine still looks at what it has. */
  widen(bytes: number): void {
    this.#bytes += bytes;
    const { host } = this.#what;
    if (host.lane === undefined || host.roundTripMs === undefined) return;
    if (this.#isWide || this.#isOver || this.#bytes < wideFromBytes) return;
    this.#isWide = true;
    for (let count = laneCount(host.roundTripMs); count > 0; count -= 1) void this.#join();
  }

  /** So much of the content has gone. Where it pauses, because it must be read first, it needs no more lanes either. */
  taken(bytes: number): void {
    const { roundTripMs } = this.#what.host;
    if (!this.#rate.taken(bytes, performance.now()) || roundTripMs === undefined) return;
    this.#windows += 1;
    if (this.#windows <= firstWindows) return;
    this.#busy = busyLanes(this.#rate.bytesPerSecond ?? 0, roundTripMs);
    this.#outbox.reconsider();
  }

  /**
   * Nothing is left for lanes to take, and none joins any more. Each that has carried something is told so behind it.
   * @returns how many lanes that are
   */
  finish(): number {
    this.#isOver = true;
    this.#isFinishing = true;
    for (const lane of this.#open) if (!lane.hasCarried) this.#leave(lane);
    return this.#open.length;
  }

  /** Safe to repeat. */
  close(): void {
    this.#isOver = true;
    for (const { process } of this.#open) process.close();
  }

  async #join(): Promise<void> {
    const process = await this.#begun();
    if (process === undefined) return;
    if (this.#isOver) {
      process.close();
      return;
    }
    const lane: Lane = { process, hasCarried: false, isOut: false };
    this.#open = [...this.#open, lane];
    landing(process).catch((error: unknown) => this.#lost(lane, error));
    await this.#outbox.carry(
      () => ({ ordered: false, free: !lane.isOut && this.#open.indexOf(lane) < this.#busy }),
      (pieces) => {
        lane.hasCarried = true;
        return process.send(...pieces);
      },
    );
    if (this.#isFinishing && !lane.isOut) await process.send(finishFrame());
  }

  #lost(lane: Lane, error: unknown): void {
    if (lane.hasCarried) this.#onLost(error);
    else this.#doneWithout(error, lane);
  }

  #doneWithout(error: unknown, lane?: Lane): void {
    this.#what.options.logger?.debug(`upload lane → ${messageOf(error)}`);
    if (lane !== undefined) this.#leave(lane);
  }

  #leave(lane: Lane): void {
    lane.isOut = true;
    this.#open = this.#open.filter((other) => other !== lane);
    lane.process.close();
    this.#outbox.reconsider();
  }

  async #begun(): Promise<TransferProcess | undefined> {
    const { host, runtime } = this.#what;
    let lane: TransferProcess | undefined;
    try {
      const door = this.#admission.then((admission) => admission.door);
      lane = await TransferProcess.startApart(host, runtime, laneRequest, this.#signal, 'lane.py', door);
      lane.stayAlive();
      await lane.begun();
      // What it is to carry may follow at once.
      const { frame } = await abortable(this.#admission, this.#signal);
      await lane.send(frame);
      return lane;
    } catch (error) {
      lane?.close();
      this.#doneWithout(error);
      return undefined;
    }
  }
}

async function landing(lane: TransferProcess): Promise<void> {
  await lane.message(opened);
  await lane.message(landed);
}
