import type { Agent } from '../../remote/agent.js';
import type { Job } from '../job.js';
import { passOnExtension } from '../rented/machineLimits.js';
import { Journal } from '../journal.js';
import type { StepContext } from './step.js';

/** Carries `stop` and `extend` from the journal to the machine. Both are safe to repeat. */
export class RequestsPassedOn {
  readonly #agent: Agent;
  readonly #context: StepContext;
  readonly #signal: AbortSignal;
  #queue: Promise<void> = Promise.resolve();

  private constructor(context: StepContext, agent: Agent, signal: AbortSignal) {
    this.#context = context;
    this.#agent = agent;
    this.#signal = signal;
  }

  /**
   * Passes on what was requested before this driver began, and while its connection was away: the journal knows it,
   * the job that the step was given does not.
   */
  static async begin(context: StepContext, agent: Agent, signal: AbortSignal): Promise<RequestsPassedOn> {
    const passed = new RequestsPassedOn(context, agent, signal);
    const { job } = await Journal.open(context.folder.journal);
    await passed.#tell(job);
    return passed;
  }

  pass(job: Job): void {
    const { logger } = this.#context;
    this.#queue = this.#queue
      .then(() => this.#tell(job))
      // The connection was lost: the follower notices too, and passes the request on when it begins again.
      .catch((error: unknown) => logger.warn(`job ${job.spec.id} request → ${String(error)}`));
  }

  settled(): Promise<void> {
    return this.#queue;
  }

  async #tell(job: Job): Promise<void> {
    const { id, limits } = job.spec;
    await passOnExtension({ ...this.#context, job }, this.#agent, this.#signal);
    if (job.stopRequested) {
      this.#context.show('Stopping: waiting for a last checkpoint');
      await this.#agent.stopTraining(id, limits.graceSeconds, this.#signal);
    }
  }
}
