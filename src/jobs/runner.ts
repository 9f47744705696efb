import { Signal } from '../disposable.js';
import { InstallError, UserError, type ConnectionError } from '../errors.js';
import type { JobFolder, TrainyardHome } from '../home.js';
import type { Logger } from '../logger.js';
import { Poller } from '../poller.js';
import type { Providers } from '../providers/index.js';
import { retryConnection } from '../remote/backoff.js';
import type { RuntimeFiles } from '../remote/runtimeFiles.js';
import type { HostOpener } from './hostOpener.js';
import type { Job, NewEvent } from './job.js';
import type { Journal } from './journal.js';
import { Lease } from './lease.js';
import { Machine } from './machine.js';
import type { SecretSource } from './secrets.js';
import { beforeTraining, runStep, type RunnableStage } from './steps/index.js';
import { toActivity, type StepContext } from './steps/step.js';

export interface RunnerOptions {
  readonly home: TrainyardHome;
  readonly runtime: RuntimeFiles;
  readonly providers: Providers;
  readonly hosts: HostOpener;
  readonly secrets: SecretSource;
  readonly logger: Logger;
  /** How often the journal is looked at for requests of others. */
  readonly pollMs: number;
}

/** What became of an attempt to drive a job. */
export type DriveResult = 'ended' | 'driven-elsewhere';

/**
 * Drives a job from where its journal ends to its end, one repeatable step after another. Only one driver at a time:
 * with a living one elsewhere nothing is done. Aborting detaches: nothing happens to the job.
 */
export async function drive(
  journal: Journal,
  folder: JobFolder,
  options: RunnerOptions,
  signal: AbortSignal,
): Promise<DriveResult> {
  const lease = await Lease.take(folder.path);
  if (!lease) return 'driven-elsewhere';
  const drive = new Drive(journal, folder, lease, options);
  try {
    return await drive.run(AbortSignal.any([signal, lease.lost]));
  } catch (error) {
    if (lease.lost.aborted) return 'driven-elsewhere';
    throw error;
  } finally {
    drive.dispose();
    await lease.release();
  }
}

/** One driver's hold of one job. */
class Drive {
  readonly #journal: Journal;
  readonly #folder: JobFolder;
  readonly #lease: Lease;
  readonly #options: RunnerOptions;
  readonly #requests = new Signal<Job>();
  readonly #poller: Poller;
  #machine: Machine | undefined;

  constructor(journal: Journal, folder: JobFolder, lease: Lease, options: RunnerOptions) {
    this.#journal = journal;
    this.#folder = folder;
    this.#lease = lease;
    this.#options = options;
    this.#poller = new Poller(options.pollMs, () => this.#lookForRequests());
  }

  async run(signal: AbortSignal): Promise<DriveResult> {
    await this.#journal.refresh();
    this.#poller.start();
    for (;;) {
      const { job } = this.#journal;
      if (job.stage.state === 'ended') return 'ended';
      const event = await this.#next(job, job.stage, signal);
      signal.throwIfAborted();
      const { stage } = await this.#journal.append(event);
      this.#options.logger.info(`job ${job.spec.id} ${event.type} → ${stage.state}`);
    }
  }

  dispose(): void {
    this.#poller.dispose();
    this.#requests.dispose();
    this.#machine?.dispose();
  }

  /** The event of the next step: its own, or that the job gives up, or was told to stop before it trained. */
  async #next(job: Job, stage: RunnableStage, signal: AbortSignal): Promise<NewEvent> {
    const stoppable = beforeTraining.has(stage.state);
    if (stoppable && job.stopRequested) return cancelled;
    const stopped = new AbortController();
    const listening = this.#requests.on((changed) => {
      if (stoppable && changed.stopRequested) stopped.abort();
    });
    try {
      return await this.#step(job, stage, AbortSignal.any([signal, stopped.signal]));
    } catch (error) {
      if (signal.aborted) throw error;
      if (stopped.signal.aborted) return cancelled;
      return this.#giveUp(job, error);
    } finally {
      listening.dispose();
    }
  }

  /** A broken connection never ends a job: the step is run again until somebody stops the job. */
  #step(job: Job, stage: RunnableStage, signal: AbortSignal): Promise<NewEvent> {
    return retryConnection(() => runStep(stage, this.#context(this.#journal.job, stage), signal), {
      signal,
      onRetry: (error, delayMs) => this.#waitAfter(job, error, delayMs),
    });
  }

  #waitAfter(job: Job, error: ConnectionError, delayMs: number): void {
    const seconds = Math.max(1, Math.round(delayMs / 1000));
    this.#machine?.dispose();
    this.#show(`${error.message} Trying again in ${seconds} s`);
    this.#options.logger.warn(
      `job ${job.spec.id} ${error.phase} → ${error.message} (again in ${delayMs} ms)`,
    );
  }

  #giveUp(job: Job, error: unknown): NewEvent {
    const { logger } = this.#options;
    if (!(error instanceof UserError)) {
      const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
      logger.error(`job ${job.spec.id} ${job.stage.state} → ${stack}`);
    }
    const lines = error instanceof InstallError && error.lines.length > 0 ? { lines: error.lines } : {};
    return {
      type: 'gave-up',
      outcome: 'failed',
      reason: { code: codeOf(error), message: sentenceOf(error), fix: null, ...lines },
    };
  }

  #context(job: Job, stage: RunnableStage): StepContext {
    const { home, runtime, providers, logger, hosts, secrets } = this.#options;
    const provider = providers.get(job.spec.place.provider);
    const instanceId = 'instance' in stage ? (stage.instance?.id ?? null) : null;
    if (this.#machine?.instanceId !== instanceId) {
      this.#machine?.dispose();
      this.#machine = undefined;
    }
    this.#machine ??= new Machine({ provider, instanceId, hosts, runtime, logger });
    return {
      job,
      folder: this.#folder,
      home,
      runtime,
      provider,
      machine: this.#machine,
      secrets,
      logger,
      requests: this.#requests,
      show: (message, fraction) => this.#show(message, fraction),
    };
  }

  #show(message: string, fraction?: number): void {
    this.#lease.show(toActivity(message, fraction)).catch((error: unknown) => {
      this.#options.logger.warn(`lease show → ${sentenceOf(error)}`);
    });
  }

  async #lookForRequests(): Promise<void> {
    if (await this.#journal.refresh()) this.#requests.fire(this.#journal.job);
  }
}

const cancelled: NewEvent = {
  type: 'gave-up',
  outcome: 'cancelled',
  reason: { code: 'stopped', message: 'The job was stopped before the training began.', fix: null },
};

const codeOf = (error: unknown): string =>
  error instanceof UserError ? error.name.replace(/Error$/, '').toLowerCase() : 'internal';

const sentenceOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
