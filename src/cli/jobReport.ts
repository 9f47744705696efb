import type { Disposable } from '../disposable.js';
import { exitCodes, type ExitCode } from '../errors.js';
import { exitCodeOf } from '../jobs/exitCode.js';
import type { FeedUpdate, JobFeed } from '../jobs/feed.js';
import { costUsd, modelOf, type Job, type JobState } from '../jobs/job.js';
import type { ProgressPoint, ProgressState } from '../recipes/progress/index.js';
import { toJson } from '../recipes/progress/index.js';
import { formatBytes, formatDuration, formatFraction, formatNumber, formatUsd } from '../format.js';
import type { Terminal } from './terminal.js';

/** Tells a terminal what happens to a job: JSON lines, a progress bar, or plain lines in a pipe. */
export class JobReport implements Disposable {
  readonly #feed: JobFeed;
  readonly #terminal: Terminal;
  readonly #listening: Disposable;
  #statesTold = 0;
  #usdTold: number | undefined;

  /** @param past `skipped` leaves out the states of earlier attempts; the points are those that come from now on */
  constructor(feed: JobFeed, terminal: Terminal, past: 'told' | 'skipped') {
    this.#feed = feed;
    this.#terminal = terminal;
    const { attempt, timeline } = feed.job;
    if (past === 'skipped') this.#statesTold = timeline.filter((entry) => entry.attempt < attempt).length;
    this.#tellStates(feed.job);
    this.#listening = feed.onUpdate.on((update) => this.#tell(update));
  }

  /** The last word, after everything was read. */
  end(): ExitCode {
    const { job } = this.#feed;
    this.#terminal.clearStatus();
    const { stage } = job;
    if (stage.state !== 'ended') return exitCodes.good;
    this.#tellCost(job);
    this.#recordEnd(stage.outcome, stage.reason.message);
    for (const line of describeEnd(job, this.#feed.points)) this.#terminal.say(line);
    return exitCodeOf(stage);
  }

  /** The last word when a machine could not be ended: the job is not over. */
  stillRunning(message: string): ExitCode {
    this.#recordEnd(this.#feed.job.stage.state, message);
    this.#terminal.say(message);
    return exitCodes.stillRunning;
  }

  dispose(): void {
    this.#listening.dispose();
    this.#terminal.clearStatus();
  }

  #recordEnd(state: string, reason: string): void {
    const { job } = this.#feed;
    const model = modelOf(job);
    this.#terminal.record({
      event: 'end',
      job: job.spec.id,
      state,
      model: model ? { path: model.path, sha256: model.sha256, bytes: model.bytes } : null,
      usd: costUsd(job, Date.now()),
      reason,
    });
  }

  #tell(update: FeedUpdate): void {
    switch (update.kind) {
      case 'job': {
        this.#tellStates(update.job);
        return;
      }
      case 'driver': {
        this.#showStatus();
        return;
      }
      case 'points': {
        this.#tellPoints(update.points);
        return;
      }
      case 'log':
      case 'samples':
      case 'modelSamples':
      case 'checkpoints':
        return undefined;
      default:
        return update satisfies never;
    }
  }

  #tellStates(job: Job): void {
    for (const { state } of job.timeline.slice(this.#statesTold)) {
      this.#terminal.record({ event: 'state', job: job.spec.id, state });
      if (!this.#terminal.json && !this.#terminal.interactive) this.#terminal.say(stateWords[state]);
    }
    this.#statesTold = job.timeline.length;
    if (job.rentals.length > 0) this.#tellCost(job);
    this.#showStatus();
  }

  #tellCost(job: Job): void {
    const usd = costUsd(job, Date.now());
    if (usd === this.#usdTold) return;
    this.#usdTold = usd;
    this.#terminal.record({ event: 'cost', usd });
  }

  #tellPoints(points: readonly ProgressPoint[]): void {
    for (const point of points) {
      this.#terminal.record(toJson(point));
      if (!this.#terminal.json && !this.#terminal.interactive) this.#terminal.say(describePoint(point));
    }
    this.#showStatus();
  }

  #showStatus(): void {
    const { job, driver, progress } = this.#feed;
    const { state } = job.stage;
    if (state === 'training') {
      this.#terminal.status(progressLine(progress, this.#feed.points.at(-1), this.#terminal.columns));
      return;
    }
    const activity = driver.kind === 'driving' ? driver.activity : null;
    const percent = activity?.fraction == null ? '' : ` ${formatFraction(activity.fraction)}`;
    this.#terminal.status(`${activity?.message ?? stateWords[state]}${percent}`);
  }
}

export const stateWords: Readonly<Record<JobState, string>> = {
  planned: 'planned',
  recovering: 'looking for another machine',
  launching: 'getting a machine',
  connecting: 'connecting',
  preparing: 'preparing the environment',
  uploading: 'uploading the dataset',
  training: 'training',
  collecting: 'collecting the results',
  releasing: 'letting go of the machine',
  ended: 'ended',
};

/** `epoch 3/30  loss 0.41  accuracy 0.90`, or `12 %` of a point that tells nothing else */
export function describePoint(point: ProgressPoint): string {
  const { epoch, totalEpochs, step, totalSteps, metrics, progress } = point;
  const parts = [counter('epoch', epoch, totalEpochs), counter('step', step, totalSteps)];
  const values = Object.entries(metrics).map(([name, value]) => `${name} ${formatNumber(value)}`);
  const told = [...parts.filter((part) => part !== ''), ...values].join('  ');
  return told === '' && progress !== null ? formatFraction(progress) : told;
}

function counter(name: string, value: number | null, total: number | null): string {
  if (value === null) return '';
  return `${name} ${value}${total === null ? '' : `/${total}`}`;
}

function progressLine(progress: ProgressState, last: ProgressPoint | undefined, columns: number): string {
  const fraction = progress.progress ?? 0;
  const width = Math.max(10, Math.min(30, columns - 60));
  const filled = Math.round(fraction * width);
  const bar = `${'█'.repeat(filled)}${'░'.repeat(width - filled)}`;
  const eta = progress.etaSeconds === null ? '' : `  ${formatDuration(progress.etaSeconds * 1000)} left`;
  return `${bar} ${formatFraction(fraction)}${eta}  ${last ? describePoint(last) : 'waiting for the first line'}`;
}

function describeEnd(job: Job, points: readonly ProgressPoint[]): string[] {
  const { stage } = job;
  if (stage.state !== 'ended') return [];
  const model = modelOf(job);
  const lines = [`${job.spec.id} ${stage.outcome}: ${stage.reason.message}`];
  if (stage.reason.fix !== null) lines.push(stage.reason.fix);
  const last = points.at(-1);
  if (last && stage.outcome === 'succeeded') lines.push(`Last values: ${describePoint(last)}`);
  if (model) {
    lines.push(
      `Model: ${model.path} (${formatBytes(model.bytes)}, sha256 ${model.sha256.slice(0, 12)}… verified)`,
    );
  }
  const usd = costUsd(job, Date.now());
  if (usd > 0) lines.push(`Cost: ${formatUsd(usd)}`);
  return lines;
}
