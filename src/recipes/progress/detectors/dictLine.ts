import { numberEnd, parseCount, parseNumber } from '../numbers.js';
import type { Detector, Line, Observation, RunView } from '../observation.js';
import { newMetrics, type Metrics } from '../point.js';

const maxNameLength = 80;
const opening = /\{['"][\w/.%()-]{1,60}['"]:/;
const swiftSteps = /['"]global_step\/max_steps['"]:\s{0,4}['"](\d{1,12})\/(\d{1,12})['"]/;

/**
 * A dict of metrics anywhere in a line, as Hugging Face's Trainer prints it: `{'loss': 0.5, 'epoch': 1.2}`.
 * Loops that print JSON with the same names are read too.
 */
export class DictLineDetector implements Detector {
  readonly #run: RunView;

  constructor(run: RunView) {
    this.#run = run;
  }

  read(line: Line): Observation | undefined {
    const { text } = line;
    const start = text.includes("{'") || text.includes('{"') ? text.search(opening) : -1;
    const entries = start === -1 ? undefined : readEntries(text, start);
    return entries && isAboutLearning(entries.metrics) ? this.#toObservation(entries, text) : undefined;
  }

  #toObservation({ metrics, epoch, step, totalSteps, totalEpochs }: Entries, text: string): Observation {
    const hasEnded = 'train_runtime' in metrics;
    const isTraining = 'loss' in metrics || hasEnded || !hasName(metrics, isEvaluation);
    const swift = text.includes('max_steps') ? swiftSteps.exec(text) : null;
    const currentStep = swift ? parseCount(swift[1] ?? '') : step;
    return {
      framework: isTrainers(metrics, epoch, text) ? 'hf-trainer' : undefined,
      guess: 'pytorch',
      epoch: this.#isNews(epoch, isTraining) ? epoch : undefined,
      totalEpochs: totalEpochs ?? (hasEnded ? lastEpoch(epoch) : undefined),
      step: currentStep,
      totalSteps: swift ? parseCount(swift[2] ?? '') : totalSteps,
      scope: currentStep === undefined ? undefined : 'run',
      metrics,
      phase: isTraining ? 'train' : 'validation',
      finished: hasEnded ? true : undefined,
    };
  }

  /** An evaluation repeats the epoch, with other digits; only a later one is news. */
  #isNews(epoch: number | undefined, isTraining: boolean): boolean {
    return isTraining || this.#run.epoch === null || (epoch ?? 0) > this.#run.epoch + 0.005;
  }
}

type Count = 'epoch' | 'step' | 'totalSteps' | 'totalEpochs';
type Entries = { readonly metrics: Metrics } & Partial<Record<Count, number>>;

/** Names under which dicts count instead of measuring. */
const counts = new Map<string, Count>([
  ['epoch', 'epoch'],
  ...['step', 'global_step', 'current_steps', 'iteration', 'iter'].map((name) => [name, 'step'] as const),
  ...['total_steps', 'max_steps', 'max_iters'].map((name) => [name, 'totalSteps'] as const),
  ...['total_epochs', 'num_epochs', 'epochs'].map((name) => [name, 'totalEpochs'] as const),
]);

/**
 * `'name': value` from `start` on. Values may be strings (transformers 5), and a terminal may have cut the
 * line anywhere, so no parser of dicts would do.
 */
function readEntries(text: string, start: number): Entries {
  const entries: Entries = { metrics: newMetrics() };
  for (let colon = text.indexOf(':', start); colon !== -1; colon = text.indexOf(':', colon + 1)) {
    const name = nameBefore(text, colon, start);
    const value = name === undefined ? undefined : numberAt(text, colon + 1);
    if (name !== undefined && value !== undefined) {
      const count = counts.get(name);
      if (count) {
        entries[count] ??= parseNumber(value);
      } else {
        entries.metrics[name] ??= parseNumber(value);
      }
    }
  }
  return entries;
}

function nameBefore(text: string, colon: number, start: number): string | undefined {
  const quote = text[colon - 1];
  if (quote !== "'" && quote !== '"') {
    return undefined;
  }
  const open = text.lastIndexOf(quote, colon - 2);
  return open >= start && colon - open < maxNameLength ? text.slice(open + 1, colon - 1) : undefined;
}

/** The number behind blanks and an opening quote, if it fills the value. */
function numberAt(text: string, from: number): string | undefined {
  let start = from;
  while (text[start] === ' ' || text[start] === "'" || text[start] === '"') {
    start++;
  }
  const end = numberEnd(text, start);
  return end !== undefined && ' ,}\'"\t'.includes(text[end] ?? ' ') ? text.slice(start, end) : undefined;
}

function isAboutLearning(metrics: Metrics): boolean {
  return (
    'loss' in metrics ||
    hasName(
      metrics,
      (name) => name.includes('loss') || name === 'reward' || name === 'train_runtime' || isEvaluation(name),
    )
  );
}

function isEvaluation(name: string): boolean {
  return name.startsWith('eval_') || name.startsWith('test_');
}

function hasName(metrics: Metrics, matches: (name: string) => boolean): boolean {
  for (const name in metrics) {
    if (matches(name)) {
      return true;
    }
  }
  return false;
}

/** Only the Trainer prints Python dicts with a schedule in them; anybody may print a loss. */
function isTrainers(metrics: Metrics, epoch: number | undefined, text: string): boolean {
  const hasLoss = 'loss' in metrics;
  const hasSchedule =
    ('learning_rate' in metrics && (hasLoss || 'reward' in metrics)) || (epoch !== undefined && hasLoss);
  return (hasSchedule || 'train_runtime' in metrics || 'eval_runtime' in metrics) && text.includes("'");
}

/** The Trainer ends on its last epoch; only a run cut by `max_steps` ends between two. */
function lastEpoch(epoch: number | undefined): number | undefined {
  const whole = Math.round(epoch ?? 0);
  return epoch !== undefined && whole >= 1 && Math.abs(epoch - whole) <= 0.05 ? whole : undefined;
}
