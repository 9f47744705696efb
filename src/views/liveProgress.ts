import { DisposableStore, Signal, type Disposable } from '../disposable.js';
import { messageOf } from '../errors.js';
import type { Fleet, FleetSnapshot } from '../fleet.js';
import type { Pace } from '../jobs/offers/expectedCost.js';
import type { Trainyard } from '../trainyard.js';

/** How far each training is, by job, where it is known. */
export type Paces = ReadonlyMap<string, Pace>;

/** How far each training is: follows the log of every job that trains, whoever drives it, and of no other. */
export class LiveProgress implements Disposable {
  readonly onDidChange = new Signal<Paces>();
  readonly #engine: Trainyard;
  readonly #own = new DisposableStore();
  readonly #followed = new Map<string, DisposableStore>();
  readonly #paces = new Map<string, Pace>();

  constructor(engine: Trainyard, fleet: Fleet) {
    this.#engine = engine;
    this.#own.add(this.onDidChange);
    this.#own.add(fleet.onDidChange.on((snapshot) => this.#follow(snapshot)));
  }

  get paces(): Paces {
    return this.#paces;
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
          if (kind === 'points') this.#note(jobId, feed.progress);
        }),
      );
      if (!own.isDisposed) feed.start();
    } catch (error) {
      this.#engine.logger.warn(`progress follow ${jobId} → ${messageOf(error)}`);
    }
  }

  #note(jobId: string, { progress, etaSeconds }: Pace): void {
    const before = this.#paces.get(jobId)?.progress ?? null;
    this.#paces.set(jobId, { progress, etaSeconds });
    if (progress !== before) this.onDidChange.fire(this.#paces);
  }

  #leave(jobId: string): void {
    this.#followed.get(jobId)?.dispose();
    this.#followed.delete(jobId);
    this.#paces.delete(jobId);
  }
}
