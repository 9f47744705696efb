import { DisposableStore, Signal, type Disposable } from '../disposable.js';
import { messageOf } from '../errors.js';
import type { Fleet, FleetSnapshot } from '../fleet.js';
import type { Trainyard } from '../trainyard.js';
import type { Fractions } from './fleetTree.js';

/** How far each training is: follows the log of every job that trains, whoever drives it, and of no other. */
export class LiveProgress implements Disposable {
  readonly onDidChange = new Signal<Fractions>();
  readonly #engine: Trainyard;
  readonly #own = new DisposableStore();
  readonly #followed = new Map<string, DisposableStore>();
  readonly #fractions = new Map<string, number>();

  constructor(engine: Trainyard, fleet: Fleet) {
    this.#engine = engine;
    this.#own.add(this.onDidChange);
    this.#own.add(fleet.onDidChange.on((snapshot) => this.#follow(snapshot)));
  }

  get fractions(): Fractions {
    return this.#fractions;
  }

  dispose(): void {
    this.#own.dispose();
    for (const jobId of [...this.#followed.keys()]) this.#leave(jobId);
  }

  #follow({ jobs }: FleetSnapshot): void {
    const training = new Set(
      jobs.flatMap((entry) => ('job' in entry && entry.job.stage.state === 'training' ? [entry.id] : [])),
    );
    for (const jobId of this.#followed.keys()) if (!training.has(jobId)) this.#leave(jobId);
    for (const jobId of training) if (!this.#followed.has(jobId)) void this.#begin(jobId);
  }

  async #begin(jobId: string): Promise<void> {
    const own = new DisposableStore();
    this.#followed.set(jobId, own);
    try {
      const feed = own.add(await this.#engine.feed(jobId));
      own.add(
        feed.onUpdate.on(({ kind }) => {
          if (kind === 'points') this.#note(jobId, feed.progress.progress);
        }),
      );
      if (!own.isDisposed) feed.start();
    } catch (error) {
      this.#engine.logger.warn(`progress follow ${jobId} → ${messageOf(error)}`);
    }
  }

  #note(jobId: string, fraction: number | null): void {
    if (fraction === null || fraction === this.#fractions.get(jobId)) return;
    this.#fractions.set(jobId, fraction);
    this.onDidChange.fire(this.#fractions);
  }

  #leave(jobId: string): void {
    this.#followed.get(jobId)?.dispose();
    this.#followed.delete(jobId);
    this.#fractions.delete(jobId);
  }
}
