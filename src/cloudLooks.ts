import { messageOf } from './errors.js';
import type { LazyCloud } from './providers/clouds.js';
import type { RentedInstance } from './providers/cloud.js';

/** What a cloud said last. */
export interface CloudLook {
  readonly machines: readonly RentedInstance[];
  /** Why the list could not be had; the machines are then those of the last time. */
  readonly error: string | null;
  /** US dollars left, where the cloud tells. */
  readonly balanceUsd: number | null;
}

const firstLook: CloudLook = { machines: [], error: null, balanceUsd: null };
/** A look is no older than this while somebody watches, however seldom a cloud wants to be asked. */
const machinesMs = 15_000;
const balanceMs = 10 * 60_000;

/**
 * Asks clouds for their machines in the background, so that a slow one holds up nobody: whoever looks gets what is
 * known. One call a tick and cloud.
 */
export class CloudLooks {
  readonly #timeScale: number;
  readonly #signal: AbortSignal;
  readonly #looks = new Map<string, CloudLook>();
  readonly #asking = new Map<string, Promise<void>>();
  readonly #askedAt = new Map<string, number>();
  readonly #balanceAt = new Map<string, number>();

  constructor(timeScale: number, signal: AbortSignal) {
    this.#timeScale = timeScale;
    this.#signal = signal;
  }

  /** What is known now; asks again when that is old. */
  look(cloud: LazyCloud): CloudLook {
    const askedAt = this.#askedAt.get(cloud.id) ?? -Infinity;
    if (performance.now() - askedAt >= machinesMs * this.#timeScale) void this.ask(cloud);
    return this.#looks.get(cloud.id) ?? firstLook;
  }

  /** Asks now, or joins who asks. Never rejects. */
  ask(cloud: LazyCloud): Promise<void> {
    const running = this.#asking.get(cloud.id);
    if (running) return running;
    this.#askedAt.set(cloud.id, performance.now());
    const asking = this.#ask(cloud).finally(() => this.#asking.delete(cloud.id));
    this.#asking.set(cloud.id, asking);
    return asking;
  }

  async #ask(cloud: LazyCloud): Promise<void> {
    const last = this.#looks.get(cloud.id) ?? firstLook;
    try {
      const machines = await cloud.machines(performance.now(), this.#signal);
      this.#looks.set(cloud.id, { ...last, machines, error: null });
      const balanceUsd = await this.#balance(cloud, last.balanceUsd);
      this.#looks.set(cloud.id, { machines, error: null, balanceUsd });
    } catch (error) {
      this.#looks.set(cloud.id, { ...last, error: messageOf(error) });
    }
  }

  /** A balance is a convenience: without one the tooltip says nothing. */
  async #balance(cloud: LazyCloud, last: number | null): Promise<number | null> {
    const askedAt = this.#balanceAt.get(cloud.id) ?? -Infinity;
    if (performance.now() - askedAt < balanceMs) return last;
    this.#balanceAt.set(cloud.id, performance.now());
    const client = await cloud.open();
    return (await client.balance?.(this.#signal).catch(() => undefined)) ?? null;
  }
}
