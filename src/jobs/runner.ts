import { delay } from '../delay.js';
import { Signal } from '../disposable.js';
import { ConnectionError, DiskFullError, InstallError, StillRunningError, UserError } from '../errors.js';
import type { JobFolder, TrainyardHome } from '../home.js';
import type { Logger } from '../logger.js';
import { Poller } from '../poller.js';
import type { Providers } from '../providers/index.js';
import { retryConnection } from '../remote/backoff.js';
import type { RuntimeFiles } from '../remote/runtimeFiles.js';
import type { HostOpener } from './hostOpener.js';
import { currentLaunch, openRentals, type Job, type NewEvent } from './job.js';
import type { Journal } from './journal.js';
import { Lease } from './lease.js';
import { BudgetWatch } from './rented/budgetWatch.js';
import { lookForLoss } from './rented/loss.js';
import { endMirror } from './rented/mirrorBase.js';
import { Machine } from './machine.js';
import type { SecretSource } from './secrets.js';
import { beforeTraining, runStep, type RunnableStage } from './steps/index.js';
import { toActivity, type Renting, type StepContext } from './steps/step.js';

export interface RunnerOptions {
  readonly home: TrainyardHome;
  readonly runtime: RuntimeFiles;
  readonly providers: Providers;
  readonly hosts: HostOpener;
  readonly secrets: SecretSource;
  readonly renting: Renting;
  readonly logger: Logger;
  /** How often the journal is looked at for requests of others. */
  readonly pollMs: number;
}

/** What became of an attempt to drive a job. */
export type DriveResult = 'ended' | 'driven-elsewhere';

/** Between two looks at what a provider says of a machine that does not answer. */
const betweenLossLooksMs = 15_000;
/** Between two tries to bring something to a computer that cannot take it. */
const restMs = 20_000;

/**
 * Drives a job from where its journal ends to its end, one repeatable step after another. Only one driver at a time:
 * with a living one elsewhere nothing is done. Aborting detaches: nothing happens to the job.
 * @throws {StillRunningError} a machine could not be ended in time. The job is not over: driven again, it goes on trying.
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
  readonly #budget: BudgetWatch;
  #machine: Machine | undefined;
  #lookedForLossAt = -Infinity;

  constructor(journal: Journal, folder: JobFolder, lease: Lease, options: RunnerOptions) {
    this.#journal = journal;
    this.#folder = folder;
    this.#lease = lease;
    this.#options = options;
    this.#budget = new BudgetWatch((event) => this.#note(event));
    this.#poller = new Poller(options.pollMs, () => this.#lookForRequests());
  }

  async run(signal: AbortSignal): Promise<DriveResult> {
    await this.#journal.refresh();
    this.#poller.start();
    // What stands in the journal now may have been begun by a driver that is gone.
    for (let repeated = true; ; repeated = false) {
      const { job } = this.#journal;
      if (job.stage.state === 'ended') return 'ended';
      const event = await this.#next(job, job.stage, repeated, signal);
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
  async #next(job: Job, stage: RunnableStage, repeated: boolean, signal: AbortSignal): Promise<NewEvent> {
    const stoppable = beforeTraining.has(stage.state);
    if (stoppable && job.stopRequested) return cancelled(job);
    const stopped = new AbortController();
    const listening = this.#requests.on((changed) => {
      if (stoppable && changed.stopRequested) stopped.abort();
    });
    try {
      return await this.#step(job, stage, repeated, AbortSignal.any([signal, stopped.signal]));
    } catch (error) {
      // A job cannot give up letting go of its machine.
      if (signal.aborted || stage.state === 'releasing' || error instanceof StillRunningError) throw error;
      if (stopped.signal.aborted) return cancelled(this.#journal.job);
      const rest = restOf(this.#journal.job, error);
      if (rest !== null) return await this.#rest(rest, error, signal);
      return this.#giveUp(job, error);
    } finally {
      listening.dispose();
    }
  }

  /**
   * A broken connection never ends a job: the step is run again until somebody stops the job, or until the provider
   * says that the machine is lost.
   */
  #step(job: Job, stage: RunnableStage, repeated: boolean, signal: AbortSignal): Promise<NewEvent> {
    let isRepeated = repeated;
    const action = async (): Promise<NewEvent> => {
      const context = this.#context(this.#journal.job, stage, isRepeated);
      isRepeated = true;
      try {
        return await runStep(stage, context, signal);
      } catch (error) {
        if (signal.aborted || !(error instanceof ConnectionError)) throw error;
        const loss = await this.#lookForLoss(stage, signal);
        if (loss) return loss;
        throw error;
      }
    };
    return retryConnection(action, {
      signal,
      onRetry: (error, delayMs) => this.#waitAfter(job, error, delayMs),
    });
  }

  /** What the provider of a rented machine says when it does not answer. Not asked more often than it is worth. */
  async #lookForLoss(stage: RunnableStage, signal: AbortSignal): Promise<NewEvent | undefined> {
    if (stage.state === 'connecting' || stage.state === 'releasing' || !('instance' in stage))
      return undefined;
    const { providers, renting, logger } = this.#options;
    const provider = providers.get(stage.instance.provider);
    const now = performance.now();
    if (!provider.rents || now - this.#lookedForLossAt < betweenLossLooksMs * renting.timeScale)
      return undefined;
    this.#lookedForLossAt = now;
    const { id } = stage.instance;
    if (openRentals(this.#journal.job).every((rental) => rental.id !== id)) return machineGone(saidGone);
    const launch = currentLaunch(this.#journal.job);
    const terms = { keyMark: launch?.keyMark ?? null, spot: launch?.offer.spot ?? false };
    try {
      const loss = await lookForLoss(provider, { id, ...terms }, signal);
      // It is there and does not answer: nobody waits for it beyond its time, also when nothing else ends it.
      if (loss.kind === 'none') return isPastDeadline(this.#journal.job) ? machineGone(outOfTime) : undefined;
      if (this.#journal.job.stopRequested) return stoppedWith(loss.why);
      if (loss.kind === 'ended') return machineGone(loss.why);
      return { type: 'instance.lost', why: loss.why, mirrored: await endMirror(this.#folder) };
    } catch (error) {
      signal.throwIfAborted();
      logger.warn(`${provider.id} list → ${sentenceOf(error)}`);
      return undefined;
    }
  }

  async #note(event: NewEvent): Promise<Job> {
    // Who has been overtaken says nothing more.
    this.#lease.lost.throwIfAborted();
    const job = await this.#journal.append(event);
    this.#options.logger.info(`job ${job.spec.id} ${event.type}`);
    return job;
  }

  /**
   * What this computer cannot take now, which can be mended, is not lost: it is on the machine, and is tried again.
   * @returns the event of the next try
   */
  async #rest(meanwhile: string, error: unknown, signal: AbortSignal): Promise<NewEvent> {
    const { job } = this.#journal;
    const { timeScale } = this.#options.renting;
    this.#options.logger.warn(`job ${job.spec.id} ${job.stage.state} → ${sentenceOf(error)}`);
    this.#show(`${sentenceOf(error)} ${meanwhile} Trying again`);
    await delay(restMs * timeScale, signal);
    await this.#journal.refresh();
    const { stage } = this.#journal.job;
    if (stage.state === 'ended') throw error;
    return this.#next(this.#journal.job, stage, true, signal);
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

  #context(job: Job, stage: RunnableStage, repeated: boolean): StepContext {
    const { home, runtime, providers, logger, hosts, secrets, renting } = this.#options;
    const provider = providers.get(providerIdOf(job, stage));
    const instanceId = 'instance' in stage ? (stage.instance?.id ?? null) : null;
    if (this.#machine?.instanceId !== instanceId) {
      this.#machine?.dispose();
      this.#machine = undefined;
    }
    const folder = this.#folder;
    this.#machine ??= new Machine({ provider, instanceId, folder, hosts, runtime, logger });
    return {
      job,
      folder,
      home,
      runtime,
      provider,
      providers,
      renting,
      repeated,
      note: (event) => this.#note(event),
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
    const changed = await this.#journal.refresh();
    const spent = await this.#budget.look(this.#journal.job, Date.now());
    if (changed || spent) this.#requests.fire(this.#journal.job);
  }
}

/**
 * What is said while a machine keeps what this computer cannot take, which can be mended; `null` when that is not it.
 * Results wait as long as they were told to wait for somebody: a full disk, a folder that cannot be written.
 */
function restOf({ stage, spec, timeline }: Job, error: unknown): string | null {
  if (stage.state === 'training') return error instanceof DiskFullError ? 'The training goes on.' : null;
  if (stage.state !== 'collecting' || spec.rent === null || !(error instanceof UserError)) return null;
  const since = Date.parse(timeline.at(-1)?.since ?? spec.created);
  const isInTime = Date.now() - since < spec.limits.keepMinutes * 60_000;
  return isInTime ? 'The machine waits with the results.' : null;
}

/** Of the machine the job has or is asking for, else of the first choice. */
function providerIdOf(job: Job, stage: RunnableStage): string {
  if ('instance' in stage && stage.instance) return stage.instance.provider;
  if (stage.state === 'launching' && stage.offer) return stage.offer.provider;
  return job.spec.place.provider;
}

function cancelled({ attempt }: Job): NewEvent {
  const message =
    attempt === 1
      ? 'The job was stopped before the training began.'
      : 'The job was stopped before its training went on.';
  return { type: 'gave-up', outcome: 'cancelled', reason: { code: 'stopped', message, fix: null } };
}

const machineGone = (why: string): NewEvent => ({
  type: 'gave-up',
  outcome: 'failed',
  reason: {
    code: 'machine-gone',
    message: why,
    fix: 'Resume it on another machine: it goes on from its newest checkpoint.',
  },
});

/** Nobody wants another machine: somebody has stopped the job, or ended its machine on purpose. */
const stoppedWith = (why: string): NewEvent => ({
  type: 'gave-up',
  outcome: 'cancelled',
  reason: { code: 'stopped', message: `The job was stopped. ${why}`, fix: null },
});

const isPastDeadline = (job: Job): boolean => Date.now() > (currentLaunch(job)?.deadline ?? Infinity) * 1000;

const saidGone = 'You have said that its machine is gone.';
const outOfTime = 'The machine did not answer any more, and its time is over.';

const codeOf = (error: unknown): string => (error instanceof UserError ? error.kind : 'internal');

const sentenceOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
