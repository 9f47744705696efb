import * as v from 'valibot';
import { abortable } from '../../abortable.js';
import { messageOf } from '../../errors.js';
import { laneCount, wideFromBytes } from './laneCount.js';
import type { Outbox } from './outbox.js';
import { TransferProcess } from './transferProcess.js';
import type { UploadOptions } from './upload.js';
import { admissionFrame, finishFrame } from './uploadFrames.js';

const opened = v.object({ event: v.literal('open') });
const landed = v.object({ event: v.literal('landed') });

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
  readonly #open: TransferProcess[] = [];
  readonly #admission: Promise<Buffer>;
  #admit: (frame: Buffer) => void = () => undefined;
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

  /** The machine has said how lanes join. */
  admit(stage: string, token: string): void {
    this.#admit(admissionFrame(token, stage));
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

  /**
   * No lane joins any more, and each is told so behind the last that the outbox has for it.
   * @returns how many lanes that are
   */
  finish(): number {
    this.#isOver = true;
    this.#isFinishing = true;
    return this.#open.length;
  }

  /** Safe to repeat. */
  close(): void {
    this.#isOver = true;
    for (const lane of this.#open) lane.close();
  }

  async #join(): Promise<void> {
    const lane = await this.#opened();
    if (lane === undefined) return;
    if (this.#isOver) {
      lane.close();
      return;
    }
    this.#open.push(lane);
    landing(lane).catch((error: unknown) => this.#onLost(error));
    await this.#outbox.carry(
      () => ({ ordered: false, free: true }),
      (pieces) => lane.send(...pieces),
    );
    if (this.#isFinishing) await lane.send(finishFrame());
  }

  async #opened(): Promise<TransferProcess | undefined> {
    const { host, runtime, options } = this.#what;
    let lane: TransferProcess | undefined;
    try {
      lane = await TransferProcess.startApart(host, runtime, {}, this.#signal, 'lane.py');
      lane.stayAlive();
      await lane.begun();
      // What it is to carry may follow at once.
      await lane.send(await abortable(this.#admission, this.#signal));
      return lane;
    } catch (error) {
      lane?.close();
      options.logger?.debug(`upload lane → ${messageOf(error)}`);
      return undefined;
    }
  }
}

async function landing(lane: TransferProcess): Promise<void> {
  await lane.message(opened);
  await lane.message(landed);
}
