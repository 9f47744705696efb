import { DisposableStore, Signal, type Disposable } from '../disposable.js';
import type { Fleet, FleetSnapshot } from '../fleet.js';
import type { ForwardedPort } from '../jobs/forwardPort.js';
import type { Job } from '../jobs/job.js';
import type { Trainyard } from '../trainyard.js';
import { can } from './jobAbilities.js';

/** A port of a job's machine that leads to one here. */
export interface OpenPort {
  readonly jobId: string;
  /** On the machine. */
  readonly port: number;
  /** On this computer. */
  readonly localPort: number;
}

/** The ports that are open, by job. */
export type OpenPorts = ReadonlyMap<string, readonly OpenPort[]>;

/** The ports of jobs' machines that this window leads here. They end with their machine, their job, or the window. */
export class PortForwards implements Disposable {
  readonly onDidChange = new Signal<void>();
  readonly #engine: Trainyard;
  readonly #own = new DisposableStore();
  readonly #forwards = new Map<string, readonly ForwardedPort[]>();

  constructor(engine: Trainyard, fleet: Fleet) {
    this.#engine = engine;
    this.#own.add(this.onDidChange);
    this.#own.add(fleet.onDidChange.on((snapshot) => this.#endGone(snapshot)));
  }

  get open(): OpenPorts {
    const entries = [...this.#forwards].map(
      ([jobId, forwards]) =>
        [jobId, forwards.map(({ port, localPort }) => ({ jobId, port, localPort }))] as const,
    );
    return new Map(entries);
  }

  find(jobId: string, port: number): OpenPort | undefined {
    return this.open.get(jobId)?.find((open) => open.port === port);
  }

  /** Leads the port here, unless it does already. */
  async start(job: Job, port: number, signal: AbortSignal): Promise<OpenPort> {
    const jobId = job.spec.id;
    const known = this.find(jobId, port);
    if (known) return known;
    const forward = await this.#engine.forwardPort(job, port, signal);
    if (this.#own.isDisposed) forward.dispose();
    this.#forwards.set(jobId, [...(this.#forwards.get(jobId) ?? []), forward]);
    this.onDidChange.fire();
    return { jobId, port, localPort: forward.localPort };
  }

  stop(jobId: string, port: number): void {
    const forwards = this.#forwards.get(jobId) ?? [];
    const kept = forwards.filter((forward) => forward.port !== port);
    for (const forward of forwards) if (!kept.includes(forward)) forward.dispose();
    if (kept.length > 0) this.#forwards.set(jobId, kept);
    else this.#forwards.delete(jobId);
    this.onDidChange.fire();
  }

  dispose(): void {
    this.#own.dispose();
    for (const forward of [...this.#forwards.values()].flat()) forward.dispose();
    this.#forwards.clear();
  }

  #endGone({ jobs }: FleetSnapshot): void {
    for (const [jobId, forwards] of this.#forwards) {
      const entry = jobs.find(({ id }) => id === jobId);
      if (entry && 'job' in entry && can(entry.job, 'hasMachine')) continue;
      for (const { port } of forwards) this.stop(jobId, port);
    }
  }
}
