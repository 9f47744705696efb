import * as v from 'valibot';
import { messageOf } from '../../errors.js';
import { laneCount, wideFromBytes } from './laneCount.js';
import type { Outbox } from './outbox.js';
import { TransferProcess } from './transferProcess.js';
import type { UploadOptions } from './upload.js';
import { finishFrame } from './uploadFrames.js';

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
  readonly #open: { readonly lane: TransferProcess; readonly landed: Promise<unknown> }[] = [];
  #admission: { readonly stage: string; readonly token: string } | undefined;
  #bytes = 0;
  #isWide = false;
  #isOver = false;

  /** @param onLost called when a lane that has carried something breaks: what was on its way is lost */
  constructor(what: UploadOptions, outbox: Outbox, onLost: (error: unknown) => void, signal: AbortSignal) {
    this.#what = what;
    this.#outbox = outbox;
    this.#onLost = onLost;
    this.#signal = signal;
  }

  get areOpen(): boolean {
    return this.#open.length > 0;
  }

  /** The machine has said how lanes join. */
  admit(stage: string, token: string): void {
    this.#admission = { stage, token };
    this.widen(0);
  }

  /** So much more is to be carried. */
  widen(bytes: number): void {
    this.#bytes += bytes;
    const { host } = this.#what;
    if (this.#isWide || this.#bytes < wideFromBytes || this.#admission === undefined) return;
    this.#isWide = true;
    if (host.lane === undefined) return;
    for (let lane = 0; lane < laneCount(host.roundTripMs ?? 0); lane += 1) void this.#join(this.#admission);
  }

  /** Ends the lanes, once all that they were given has landed. */
  async land(): Promise<void> {
    this.#isOver = true;
    await Promise.all(
      this.#open.map(async ({ lane, landed: hasLanded }) => {
        await lane.send(finishFrame());
        await hasLanded;
      }),
    );
  }

  /** Safe to repeat. */
  close(): void {
    this.#isOver = true;
    for (const { lane } of this.#open) lane.close();
  }

  async #join(admission: { readonly stage: string; readonly token: string }): Promise<void> {
    const lane = await this.#opened(admission);
    if (lane === undefined) return;
    if (this.#isOver) {
      lane.close();
      return;
    }
    lane.stayAlive();
    const hasLanded = lane.message(landed);
    this.#open.push({ lane, landed: hasLanded });
    hasLanded.catch((error: unknown) => this.#onLost(error));
    await this.#outbox.carry(
      () => ({ ordered: false, free: true }),
      (pieces) => lane.send(...pieces),
    );
  }

  async #opened({
    stage,
    token,
  }: {
    readonly stage: string;
    readonly token: string;
  }): Promise<TransferProcess | undefined> {
    const { host, runtime, options } = this.#what;
    let lane: TransferProcess | undefined;
    try {
      lane = await TransferProcess.startApart(host, runtime, { op: 'lane', stage, token }, this.#signal);
      await lane.message(opened);
      return lane;
    } catch (error) {
      lane?.close();
      options.logger?.debug(`upload lane → ${messageOf(error)}`);
      return undefined;
    }
  }
}
