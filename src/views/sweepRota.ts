import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Disposable } from '../disposable.js';
import { hasCode, messageOf } from '../errors.js';
import { Lease } from '../jobs/lease.js';
import type { Logger } from '../logger.js';
import { Poller } from '../poller.js';

export interface SweepRotaOptions {
  /** What the windows of this computer share: who sweeps now, and when it was last done. */
  readonly folder: string;
  /** Factor on the times below; 1 but in tests. */
  readonly timeScale: number;
  /** Whether there is anything to sweep: a cloud with a key. */
  readonly isNeeded: () => Promise<boolean>;
  /** Tells its failures itself. */
  readonly sweep: (signal: AbortSignal) => Promise<void>;
  readonly logger: Logger;
}

const everyMs = 15 * 60_000;
/** Windows that are opened together need one sweep among them. */
const togetherMs = 60_000;
/** How often a window looks whether it is time, which costs a look at a file. */
const lookMs = 60_000;

/**
 * Sweeps when a window opens and every 15 minutes while any is open: one window at a time, and as often as if there
 * were one. A window that ends in the middle of it leaves nothing behind that would keep the others from it.
 */
export class SweepRota implements Disposable {
  readonly #options: SweepRotaOptions;
  readonly #ending = new AbortController();
  readonly #poller: Poller;

  constructor(options: SweepRotaOptions) {
    this.#options = options;
    this.#poller = new Poller(lookMs * options.timeScale, () => this.#sweepWhenDue(everyMs));
  }

  /** Sweeps, unless another window has just done so, and from then on when it is time. */
  async start(): Promise<void> {
    await this.#sweepWhenDue(togetherMs);
    if (!this.#ending.signal.aborted) this.#poller.start();
  }

  /** Sweeps now, however recently it was done. @returns whether it did: another window may be at it */
  now(signal: AbortSignal): Promise<boolean> {
    return this.#sweepAlone(0, signal);
  }

  dispose(): void {
    this.#ending.abort();
    this.#poller.dispose();
  }

  async #sweepWhenDue(gapMs: number): Promise<void> {
    const { timeScale, isNeeded, logger } = this.#options;
    try {
      if (await isNeeded()) await this.#sweepAlone(gapMs * timeScale, this.#ending.signal);
    } catch (error) {
      if (!this.#ending.signal.aborted) logger.error(`sweep → ${messageOf(error)}`);
    }
  }

  async #sweepAlone(gapMs: number, signal: AbortSignal): Promise<boolean> {
    const { folder, sweep } = this.#options;
    if (await isRecent(folder, gapMs)) return false;
    await mkdir(folder, { recursive: true });
    const lease = await Lease.take(folder);
    if (!lease) return false;
    try {
      // Another window may have swept since.
      if (await isRecent(folder, gapMs)) return false;
      await writeFile(join(folder, lastFile), '');
      await sweep(AbortSignal.any([signal, this.#ending.signal, lease.lost]));
      return true;
    } finally {
      await lease.release();
    }
  }
}

/** Empty; its time says when a sweep last began. */
const lastFile = 'last';

async function isRecent(folder: string, gapMs: number): Promise<boolean> {
  try {
    return Date.now() - (await stat(join(folder, lastFile))).mtimeMs < gapMs;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}
