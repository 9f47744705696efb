import { exitCodes, messageOf, StillRunningError, type ExitCode } from '../errors.js';
import type { JobFeed } from '../jobs/feed.js';
import type { Job, Stage } from '../jobs/job.js';
import { JobReport, stateWords } from './jobReport.js';
import { readLogEnd } from './logEnd.js';
import { printable, type Terminal } from './terminal.js';
import type { Door } from './verb.js';

export interface Following {
  /** Leaves the job to itself once it is so far; by default it is followed to its end. */
  readonly leaveWhen?: (job: Job) => boolean;
  /** Whether points and attempts of the past are told too. */
  readonly past?: 'told' | 'skipped';
}

/** Shows a job, and drives it while nobody else does, to its end. Ctrl-C asks: detach or stop. */
export async function follow(
  id: string,
  door: Door,
  { leaveWhen, past = 'told' }: Following,
  signal: AbortSignal,
): Promise<ExitCode> {
  const feed = await door.engine.feed(id);
  if (past === 'skipped') await feed.read();
  const report = new JobReport(feed, door.terminal, past);
  const detach = new AbortController();
  const interrupts = new Interrupts(id, door, detach);
  feed.onUpdate.on((update) => {
    if (update.kind === 'job' && leaveWhen?.(update.job)) detach.abort();
  });
  try {
    feed.start();
    await driveOrWatch(id, feed, door, AbortSignal.any([signal, detach.signal]));
    await feed.read();
    interrupts.dispose();
    const exitCode = report.end();
    if (exitCode === exitCodes.jobFailed) await sayLogEnd(feed.job, door);
    return exitCode;
  } catch (error) {
    if (error instanceof StillRunningError) {
      await feed.read();
      return report.stillRunning(error.message);
    }
    if (!detach.signal.aborted) throw error;
    report.dispose();
    return await sayDetached(id, door);
  } finally {
    interrupts.dispose();
    report.dispose();
    feed.dispose();
  }
}

/** A failed training is explained by its last lines more often than by anything else. */
async function sayLogEnd(job: Job, { engine, terminal }: Door): Promise<void> {
  const { spec, stage, timeline, attempt } = job;
  if (stage.state !== 'ended' || stage.outcome !== 'failed') return;
  sayLines('What the installer said last:', stage.reason.lines ?? [], terminal);
  if (!timeline.some((entry) => entry.state === 'training' && entry.attempt === attempt)) return;
  const lines = await readLogEnd(engine.folder(spec.id).log);
  sayLines(`The end of its log ("trainyard logs ${spec.id}" prints it all):`, lines, terminal);
}

function sayLines(title: string, lines: readonly string[], terminal: Terminal): void {
  if (lines.length === 0) return;
  terminal.say(title);
  for (const line of lines) terminal.say(`  ${printable(line)}`);
}

async function sayDetached(id: string, { engine, terminal }: Door): Promise<ExitCode> {
  const { stage } = await engine.job(id);
  terminal.record({ event: 'detached', job: id });
  terminal.say(
    isTrainingByItself(stage)
      ? `${id} goes on by itself. Come back with: trainyard attach ${id}`
      : `${id} rests (${stateWords[stage.state]}). It goes on with: trainyard attach ${id}`,
  );
  return exitCodes.good;
}

/** Whether the training needs nobody any more. */
export function isTrainingByItself(stage: Stage): boolean {
  return stage.state === 'training' && stage.pid !== undefined;
}

/** Takes the job over as soon as its driver is gone; until then just watches. */
async function driveOrWatch(id: string, feed: JobFeed, { engine }: Door, signal: AbortSignal): Promise<void> {
  while ((await engine.drive(id, signal)) === 'driven-elsewhere') {
    await feed.read();
    await feed.until(({ job, driver }) => job.stage.state === 'ended' || driver.kind === 'none', signal);
  }
}

/** What Ctrl-C does while a job is followed: on a terminal it asks, in a pipe it detaches. SIGTERM always detaches. */
class Interrupts {
  readonly #id: string;
  readonly #door: Door;
  readonly #detach: AbortController;
  readonly #onInterrupt = (): void => void this.#ask();
  readonly #onTerminate = (): void => this.#detach.abort();
  #question: AbortController | undefined;

  constructor(id: string, door: Door, detach: AbortController) {
    this.#id = id;
    this.#door = door;
    this.#detach = detach;
    process.on('SIGINT', this.#onInterrupt);
    process.on('SIGTERM', this.#onTerminate);
  }

  /** Also takes back a question that nobody has answered. Safe to repeat. */
  dispose(): void {
    process.off('SIGINT', this.#onInterrupt);
    process.off('SIGTERM', this.#onTerminate);
    this.#question?.abort();
  }

  async #ask(): Promise<void> {
    const { terminal } = this.#door;
    if (this.#question || !terminal.interactive) {
      this.#detach.abort();
      return;
    }
    const question = new AbortController();
    this.#question = question;
    const answer = await terminal.ask(
      'Detach (the training goes on), stop it, or continue? [d/s/c] ',
      question.signal,
    );
    this.#question = undefined;
    if (question.signal.aborted) return;
    if (answer.startsWith('s')) await this.#stop();
    else if (!answer.startsWith('c')) this.#detach.abort();
  }

  async #stop(): Promise<void> {
    const { terminal, engine } = this.#door;
    try {
      await engine.requestStop(this.#id);
      terminal.say('Stopping: the training may write a last checkpoint.');
    } catch (error) {
      // It ended while the question stood there.
      terminal.remark(messageOf(error));
    }
  }
}
