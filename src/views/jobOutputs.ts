import { DisposableStore, type Disposable } from '../disposable.js';
import { messageOf } from '../errors.js';
import type { Fleet, FleetSnapshot } from '../fleet.js';
import type { Job } from '../jobs/job.js';
import type { Trainyard } from '../trainyard.js';
import { outputName } from './fullLog/logAddress.js';
import { JobOutput } from './jobOutput.js';

/** The output channels of this window: one for each job that runs in it or was asked for. */
export class JobOutputs implements Disposable {
  readonly #engine: Trainyard;
  readonly #own = new DisposableStore();
  readonly #outputs = new Map<string, JobOutput>();

  constructor(engine: Trainyard, fleet: Fleet) {
    this.#engine = engine;
    this.#own.add(fleet.onDidChange.on((snapshot) => this.#follow(snapshot)));
  }

  /** Brings the log to the front; it is complete when this resolves, and goes on as the job does. */
  async show(jobId: string): Promise<void> {
    const { attempt } = await this.#engine.job(jobId);
    const output = this.#outputOf(jobId);
    output.show();
    await output.follow(attempt);
  }

  dispose(): void {
    this.#own.dispose();
    for (const output of this.#outputs.values()) output.dispose();
    this.#outputs.clear();
  }

  #follow({ jobs }: FleetSnapshot): void {
    for (const entry of jobs) {
      if (!('job' in entry) || entry.job.stage.state === 'ended') continue;
      const { driver } = entry;
      const runsHere = driver.kind === 'driving' && driver.here && driver.pid === process.pid;
      if (runsHere || this.#outputs.has(entry.id)) this.#followQuietly(this.#outputOf(entry.id), entry.job);
    }
    const present = new Set(jobs.map(({ id }) => id));
    for (const jobId of this.#outputs.keys()) if (!present.has(jobId)) this.#forget(jobId);
  }

  #followQuietly(output: JobOutput, { attempt }: Job): void {
    output.follow(attempt).catch((error: unknown) => {
      this.#engine.logger.warn(`log follow ${output.jobId} → ${messageOf(error)}`);
    });
  }

  #outputOf(jobId: string): JobOutput {
    const known = this.#outputs.get(jobId);
    if (known) return known;
    const output = new JobOutput(jobId, outputName(jobId), this.#engine);
    this.#outputs.set(jobId, output);
    return output;
  }

  #forget(jobId: string): void {
    this.#outputs.get(jobId)?.dispose();
    this.#outputs.delete(jobId);
  }
}
