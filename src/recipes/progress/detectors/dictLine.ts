import type { EpochNumbering } from '../epochNumbering.js';
import type { Line } from '../line.js';
import type { LineLayout } from '../lineLayout.js';
import { numberEnd } from '../numbers.js';
import type { Detector, Observation, RunView } from '../observation.js';
import type { NamedPlace } from '../pairs.js';
import { groupSpan, type Place, type Span } from '../place.js';

const maxNameLength = 80;
const opening = /\{['"][\w/.%()-]{1,60}['"]:/;
const swiftSteps = /['"]global_step\/max_steps['"]:\s{0,4}['"](\d{1,12})\/(\d{1,12})['"]/d;

/**
 * A dict of metrics anywhere in a line, as Hugging Face's Trainer prints it: `{'loss': 0.5, 'epoch': 1.2}`.
 * Loops that print JSON with the same names are read too.
 */
export class DictLineDetector implements Detector {
  readonly #run: RunView;
  readonly #numbering: EpochNumbering;

  /** `numbering` is that of the loops of others: the Trainer counts in fractions. */
  constructor(run: RunView, numbering: EpochNumbering) {
    this.#run = run;
    this.#numbering = numbering;
  }

  read(line: Line): Observation | undefined {
    const layout = line.find(dictLayout);
    return layout && this.#toObservation(line, layout);
  }

  #toObservation(line: Line, layout: DictLayout): Observation {
    const { hasEnded, isTraining, counts } = layout;
    const valueOf = (place: Place | undefined): number | undefined => place && line.value(place);
    const printed = valueOf(counts.epoch);
    const epoch =
      layout.isTrainers || printed === undefined ? printed : this.#numbering.number(printed, undefined).epoch;
    return {
      framework: layout.isTrainers ? 'hf-trainer' : undefined,
      guess: 'pytorch',
      epoch: this.#isNews(epoch, isTraining) ? epoch : undefined,
      totalEpochs: valueOf(counts.totalEpochs) ?? (hasEnded ? lastEpoch(epoch) : undefined),
      step: valueOf(counts.step),
      totalSteps: valueOf(counts.totalSteps),
      scope: counts.step ? 'run' : undefined,
      metrics: line.metrics(layout.pairs),
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

/** Names under which dicts count instead of measuring. */
const countOf = new Map<string, Count>([
  ['epoch', 'epoch'],
  ...['step', 'global_step', 'current_steps', 'iteration', 'iter'].map((name) => [name, 'step'] as const),
  ...['total_steps', 'max_steps', 'max_iters'].map((name) => [name, 'totalSteps'] as const),
  ...['total_epochs', 'num_epochs', 'epochs'].map((name) => [name, 'totalEpochs'] as const),
]);

interface DictLayout {
  readonly counts: Partial<Record<Count, Place>>;
  readonly pairs: readonly NamedPlace[];
  readonly hasEnded: boolean;
  readonly isTraining: boolean;
  readonly isTrainers: boolean;
}

function dictLayout(text: string, layout: LineLayout): DictLayout | undefined {
  const start = text.includes("{'") || text.includes('{"') ? text.search(opening) : -1;
  const entries = start === -1 ? [] : findEntries(text, start);
  const names = new Set(entries.map(({ name }) => name).filter((name) => !countOf.has(name)));
  if (!isAboutLearning(names)) {
    return undefined;
  }
  // Some print the time so far beside every loss; the last dict has none.
  const hasEnded = names.has('train_runtime') && !names.has('loss');
  const { counts, pairs } = placesOf(entries, layout);
  return {
    counts: { ...counts, ...swiftCounts(text, layout) },
    pairs,
    hasEnded,
    isTraining:
      names.has('loss') ||
      [...names].some((name) => name.startsWith('train_')) ||
      ![...names].some(isEvaluation),
    isTrainers: isTrainers(names, counts.epoch !== undefined, text),
  };
}

interface Entry {
  readonly name: string;
  readonly value: Span;
  readonly printed: Span;
}

/**
 * `'name': value` from `from` on, of every name the first. Values may be strings (transformers 5), and a
 * terminal may have cut the line anywhere, so no parser of dicts would do.
 */
function findEntries(text: string, from: number): readonly Entry[] {
  const entries = new Map<string, Entry>();
  for (let colon = text.indexOf(':', from); colon !== -1; colon = text.indexOf(':', colon + 1)) {
    const printed = nameBefore(text, colon, from);
    const value = printed && numberAt(text, colon + 1);
    const name = printed ? text.slice(printed.start, printed.end) : '';
    if (printed && value && !entries.has(name)) {
      entries.set(name, { name, printed, value });
    }
  }
  return [...entries.values()];
}

function placesOf(entries: readonly Entry[], layout: LineLayout): Pick<DictLayout, 'counts' | 'pairs'> {
  const counts: Partial<Record<Count, Place>> = {};
  const pairs: NamedPlace[] = [];
  for (const { name, printed, value } of entries) {
    const count = countOf.get(name);
    if (count) {
      counts[count] ??= layout.number(value);
    } else {
      layout.name(printed);
      pairs.push({ name, place: layout.number(value) });
    }
  }
  return { counts, pairs };
}

/** `'global_step/max_steps': '600/22156'` of ms-swift. */
function swiftCounts(text: string, layout: LineLayout): Partial<Record<Count, Place>> {
  const match = text.includes('max_steps') ? swiftSteps.exec(text) : null;
  const [step, total] = [groupSpan(match, 1), groupSpan(match, 2)];
  return step && total ? { step: layout.number(step), totalSteps: layout.number(total) } : {};
}

function nameBefore(text: string, colon: number, start: number): Span | undefined {
  const quote = text[colon - 1];
  if (quote !== "'" && quote !== '"') {
    return undefined;
  }
  const open = text.lastIndexOf(quote, colon - 2);
  return open >= start && colon - open < maxNameLength ? { start: open + 1, end: colon - 1 } : undefined;
}

/** The number behind blanks and an opening quote, if it fills the value. */
function numberAt(text: string, from: number): Span | undefined {
  let start = from;
  while (text[start] === ' ' || text[start] === "'" || text[start] === '"') {
    start++;
  }
  const end = numberEnd(text, start);
  return end !== undefined && ' ,}\'"\t'.includes(text[end] ?? ' ') ? { start, end } : undefined;
}

function isAboutLearning(names: ReadonlySet<string>): boolean {
  return [...names].some(
    (name) => name.includes('loss') || name === 'reward' || name === 'train_runtime' || isEvaluation(name),
  );
}

function isEvaluation(name: string): boolean {
  return name.startsWith('eval_') || name.startsWith('test_');
}

/** Only the Trainer prints Python dicts with a schedule in them; anybody may print a loss. */
function isTrainers(names: ReadonlySet<string>, hasEpoch: boolean, text: string): boolean {
  const hasLoss = names.has('loss');
  const hasSchedule =
    (names.has('learning_rate') && (hasLoss || names.has('reward'))) || (hasEpoch && hasLoss);
  return (hasSchedule || names.has('train_runtime') || names.has('eval_runtime')) && text.includes("'");
}

/** The Trainer ends on its last epoch; only a run cut by `max_steps` ends between two. */
function lastEpoch(epoch: number | undefined): number | undefined {
  const whole = Math.round(epoch ?? 0);
  return epoch !== undefined && whole >= 1 && Math.abs(epoch - whole) <= 0.05 ? whole : undefined;
}
