import { delay } from './delay.js';
import { Signal, type Disposable } from './disposable.js';
import { messageOf } from './errors.js';
import type { Job } from './jobs/job.js';
import type { Driver } from './jobs/lease.js';
import { Poller } from './poller.js';
import { CloudLooks } from './cloudLooks.js';
import type { RentedInstance } from './providers/cloud.js';
import type { LazyCloud } from './providers/clouds.js';
import type { Instance, OwnMachines } from './providers/provider.js';
import { timeScaleOf } from './timeScale.js';
import type { Listed, Trainyard } from './trainyard.js';

/** Before a job whose driving failed is driven again. */
const afterFailureMs = 15_000;

/** What we know of machines and jobs at one moment. Plain data; a change makes another. */
export interface FleetSnapshot {
  readonly providers: readonly ProviderView[];
  /** Newest first. */
  readonly jobs: readonly Listed[];
}

export interface ProviderView {
  readonly id: string;
  readonly title: string;
  /** Whether machines of it cost money; only those the user has a key for are here. */
  readonly rents: boolean;
  /** Of a cloud every machine of the account, also what is not ours. */
  readonly instances: readonly (Instance | RentedInstance)[];
  /** Money left in the account, where the cloud tells. */
  readonly balanceUsd: number | null;
  /** Why the list could not be had; the instances are then those of the last time. */
  readonly error: string | null;
}

/** A job has ended while this fleet looked on. */
export interface JobEnd {
  readonly job: Job;
}

/**
 * One readonly snapshot of instances and jobs and one change event, looked up while somebody watches or something
 * runs. It also keeps every unfinished job driven: as soon as nobody drives one, this process does.
 */
export class Fleet implements Disposable {
  readonly onDidChange = new Signal<FleetSnapshot>();
  readonly onDidEnd = new Signal<JobEnd>();
  readonly #engine: Trainyard;
  readonly #poller: Poller;
  readonly #ending = new AbortController();
  readonly #driving = new Set<string>();
  readonly #clouds = new CloudLooks(timeScaleOf(process.env), this.#ending.signal);
  #watchers = 0;
  #snapshot: FleetSnapshot = { providers: [], jobs: [] };

  constructor(engine: Trainyard, options: { readonly pollMs: number }) {
    this.#engine = engine;
    this.#poller = new Poller(options.pollMs, () => this.#look());
  }

  get snapshot(): FleetSnapshot {
    return this.#snapshot;
  }

  /** Whether any job is not at its end. */
  get isBusy(): boolean {
    return this.#snapshot.jobs.some(isUnfinished);
  }

  /** Keeps the snapshot fresh until disposed. Without watchers it is looked up only while a job runs. */
  watch(): Disposable {
    this.#watchers += 1;
    this.#poller.start();
    let watching = true;
    return {
      dispose: () => {
        if (!watching) return;
        watching = false;
        this.#watchers -= 1;
        this.#restIfIdle();
      },
    };
  }

  /** Looks at once: after a user's action, or at the start. */
  async refresh(): Promise<FleetSnapshot> {
    // A look that was under way began before the action; only the next one is sure to see it.
    await this.#poller.now();
    const clouds = await this.#engine.providers.usableClouds();
    await Promise.all(clouds.map((cloud) => this.#clouds.ask(cloud)));
    await this.#poller.now();
    if (this.isBusy) this.#poller.start();
    return this.#snapshot;
  }

  /** Lets go of the jobs this process drives; nothing happens to them. */
  dispose(): void {
    this.#ending.abort();
    this.#poller.dispose();
    this.onDidChange.dispose();
    this.onDidEnd.dispose();
  }

  async #look(): Promise<void> {
    const [providers, jobs] = await Promise.all([this.#providers(), this.#engine.jobs()]);
    if (this.#ending.signal.aborted) return;
    const before = this.#snapshot;
    const now = { providers, jobs };
    // The same object as before says that nothing has changed.
    if (!isSame(before, now)) this.#snapshot = now;
    for (const entry of jobs) {
      if (!('job' in entry)) continue;
      if (hasJustEnded(entry.job, before)) this.onDidEnd.fire({ job: entry.job });
      if (isUnfinished(entry)) this.#drive(entry.id, entry.driver);
    }
    if (this.#snapshot !== before) this.onDidChange.fire(this.#snapshot);
    this.#restIfIdle();
  }

  async #providers(): Promise<ProviderView[]> {
    const { providers } = this.#engine;
    const own = await Promise.all(providers.own.map((provider) => this.#ownView(provider)));
    const clouds = await providers.usableClouds();
    return [...own, ...clouds.map((cloud) => this.#cloudView(cloud))];
  }

  async #ownView(provider: OwnMachines): Promise<ProviderView> {
    const view = { id: provider.id, title: provider.title, rents: false, balanceUsd: null };
    try {
      return { ...view, instances: await provider.list(this.#ending.signal), error: null };
    } catch (error) {
      const last = this.#snapshot.providers.find(({ id }) => id === provider.id);
      return { ...view, instances: last?.instances ?? [], error: messageOf(error) };
    }
  }

  #cloudView(cloud: LazyCloud): ProviderView {
    const { machines, error, balanceUsd } = this.#clouds.look(cloud);
    return { id: cloud.id, title: cloud.title, rents: true, instances: machines, balanceUsd, error };
  }

  #drive(id: string, driver: Driver): void {
    if (driver.kind === 'driving' || this.#driving.has(id)) return;
    this.#driving.add(id);
    void this.#engine
      .drive(id, this.#ending.signal)
      .catch(async (error: unknown) => {
        if (this.#ending.signal.aborted) return;
        this.#engine.logger.error(`job ${id} drive → ${messageOf(error)}`);
        // What failed at once would fail again at the next look.
        await delay(afterFailureMs * timeScaleOf(process.env), this.#ending.signal).catch(() => undefined);
      })
      .finally(() => this.#driving.delete(id));
  }

  #restIfIdle(): void {
    if (this.#watchers === 0 && !this.isBusy) this.#poller.stop();
  }
}

function isSame(before: FleetSnapshot, after: FleetSnapshot): boolean {
  return (
    before.jobs.length === after.jobs.length &&
    after.jobs.every((entry, index) => isSameEntry(before.jobs[index], entry)) &&
    JSON.stringify(before.providers) === JSON.stringify(after.providers)
  );
}

/** A job that has not changed is the same object at every look: thousands of them need not be read through. */
function isSameEntry(before: Listed | undefined, after: Listed): boolean {
  if (before === undefined || !('job' in before) || !('job' in after)) {
    return JSON.stringify(before) === JSON.stringify(after);
  }
  const around = ({ driver, remedy }: typeof after): string => JSON.stringify([driver, remedy]);
  return before.job === after.job && around(before) === around(after);
}

const isUnfinished = (entry: Listed): entry is Extract<Listed, { job: Job }> =>
  'job' in entry && entry.job.stage.state !== 'ended';

function hasJustEnded(job: Job, before: FleetSnapshot): boolean {
  if (job.stage.state !== 'ended') return false;
  const earlier = before.jobs.find(({ id }) => id === job.spec.id);
  return earlier !== undefined && isUnfinished(earlier);
}
