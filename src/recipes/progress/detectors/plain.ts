import type { EpochNumbering } from '../epochNumbering.js';
import { counterAt, type Counter } from '../counters.js';
import type { Line } from '../line.js';
import type { LineLayout } from '../lineLayout.js';
import { isMeasure, measure } from '../measures.js';
import { afterNumber, number } from '../numbers.js';
import type { Detector, Observation, RunView, StepScope } from '../observation.js';
import { metricName, pairPlaces, type NamedPlace, type PairStyle } from '../pairs.js';
import { groupSpan, shifted, type Place, type Span } from '../place.js';
import type { Metrics } from '../point.js';
import type { TqdmDetector } from './tqdm.js';

const maxLength = 1500;
/** Every line that we understand has one of these. */
const gate = /poch|tep|ter|atch|oss|cc|core|rror|ppl|mAP|AUC|auc|[fF]1|recision|ecall|\]\[|\d, {1,8}\d/;

/** Which epoch is meant; another one may be mentioned. */
const epochWord = /(?<!best |last |from |since |every |per |at |of )\bepoch(?=[\s:#=_[(-]{0,8}\d)/i;
const stepWord =
  /(?<=(?<!\/)\b|global_)(?:step|iteration|iter|batch(?! ?=)|minibatch|update)(?=[\s:#=_[(-]{0,12}\d)/i;
const afterSteps = /\bafter (\d[\d,]{0,15}) (?:steps|iterations|batches|updates)\b/di;
/** `Train Epoch: 1 [640/60000 (1%)]` and `Epoch: [0][10/50]`: the step follows the epoch in brackets. */
const bracketAfterEpoch =
  /^,?\s{0,4}\[\s{0,8}(\d{1,12})\/\s{0,8}(\d{1,12})(?:\s{0,2}\(\s{0,3}\d{1,3}(?:\.\d{1,4})?%\))?\]/d;
/** `[3/25][10/1583]` of the DCGAN example. */
const doubleBracket = /^\s{0,8}\[(\d{1,6})\/(\d{1,6})\]\s?\[(\d{1,9})\/(\d{1,9})\]/d;
/** `[2,  4000] loss: 1.9` of the CIFAR-10 tutorial. */
const commaBracket = /^\s{0,8}\[(\d{1,6}),\s{1,8}(\d{1,9})\]\s{1,4}(?=loss)/d;
/** `| epoch   1 |   200/ 2928 batches |` of the language model example. */
const countedBatches = /(?<![\d./])(\d{1,9})\/\s{0,8}(\d{1,9}) (?:batches|steps|iterations|iters)\b/d;
/** `loss: 2.30  [   64/60000]` of the quickstart. */
const trailingBracket = /\[\s{0,8}(\d{1,12})\/\s{0,8}(\d{1,12})\]\s{0,4}$/d;
const announcedEpochs =
  /\b(?:(?:num|number of|total|max|n)[_ ]epochs?\s{0,3}[:=]\s{0,3}(\d{1,6})\b|training for (\d{1,6}) epochs\b)/di;

const style: PairStyle = { wordsPerName: 3, allowsLeftovers: false };
const unseparated = new RegExp(
  `((?:(?:train|val|valid|validation|test|avg|mean|total|training|eval) )?(?:[\\w]{0,30}_)?(?:${measure}|lr))\\s{1,6}(${number})(?:%|${afterNumber})`,
  'dgi',
);
const lossAfter = new RegExp(`\\b([\\w ]{0,30}loss) after \\d[\\d,]{0,15} \\w{1,12}: (${number})`, 'di');

/** Hand-written prints: `Epoch [1/5] Train Loss: 0.58 | Val Acc: 84.18%` in all its spellings. */
export class PlainDetector implements Detector {
  readonly #run: RunView;
  readonly #numbering: EpochNumbering;
  readonly #bars: TqdmDetector;

  constructor(run: RunView, numbering: EpochNumbering, bars: TqdmDetector) {
    this.#run = run;
    this.#numbering = numbering;
    this.#bars = bars;
  }

  read(line: Line): Observation | undefined {
    const layout = this.#run.isProven ? undefined : line.find(plainLayout);
    if (!layout) {
      return undefined;
    }
    if ('totalEpochs' in layout) {
      return { totalEpochs: line.value(layout.totalEpochs), kind: 'silent' };
    }
    const counters = this.#readCounters(line, layout);
    if (counters) {
      return this.#withoutBarsSteps(counters, line.metrics(layout.pairs));
    }
    return layout.measures.length === 0
      ? undefined
      : { guess: 'pytorch', metrics: line.metrics(layout.measures) };
  }

  #readCounters(line: Line, { epoch, step, epochLeads }: Measured): Counters | undefined {
    const stepCount = step && line.value(step.count);
    const stepTotal = step?.total && line.value(step.total);
    if (epoch) {
      const printed = line.value(epoch.count);
      if (epochLeads || printed >= (this.#run.epoch ?? 0) - 1) {
        const { epoch: number, totalEpochs } = this.#numbering.number(
          printed,
          epoch.total && line.value(epoch.total),
        );
        return { epoch: number, totalEpochs, step: stepCount, totalSteps: stepTotal, scope: 'epoch' };
      }
    }
    return step && { step: stepCount, totalSteps: stepTotal, scope: this.#scopeOf(stepTotal) };
  }

  /** `[64/60000]` under a header `Epoch 1` counts inside the epoch. */
  #scopeOf(totalSteps: number | undefined): StepScope {
    return this.#run.epoch !== null && totalSteps !== undefined ? 'epoch' : 'run';
  }

  /** Where bars show the step, a step in a text is a remark of its own, or the same again. */
  #withoutBarsSteps(
    { epoch, totalEpochs, step, totalSteps, scope }: Counters,
    metrics: Metrics,
  ): Observation {
    const guess = 'pytorch';
    if (!this.#bars.isFollowing || step === undefined) {
      return { guess, epoch, totalEpochs, step, totalSteps, scope, metrics };
    }
    return epoch === undefined
      ? { guess, step, totalSteps, scope, metrics, kind: 'aside' }
      : { guess, epoch, totalEpochs, scope, metrics };
  }
}

type Counters = Pick<Observation, 'epoch' | 'totalEpochs' | 'step' | 'totalSteps' | 'scope'>;

/** A counter of an epoch or step in a line. */
interface CounterPlaces {
  readonly count: Place;
  readonly total: Place | undefined;
}

interface Measured {
  readonly epoch: CounterPlaces | undefined;
  readonly step: CounterPlaces | undefined;
  /** Prose may mention an earlier epoch; only a line that begins with it goes back. */
  readonly epochLeads: boolean;
  readonly pairs: readonly NamedPlace[];
  /** Without a counter in the line only what is surely a measure counts: settings look the same. */
  readonly measures: readonly NamedPlace[];
}

interface Announcement {
  readonly totalEpochs: Place;
}

function plainLayout(text: string, layout: LineLayout): Measured | Announcement | undefined {
  if (layout.bar || text.length > maxLength || !gate.test(text)) {
    return undefined;
  }
  const { epoch, step, epochLeads } = countersIn(text);
  const pairs = plainPairs(text, layout);
  const measures = pairs.filter(({ name }) => isMeasure(name));
  if (!epoch && !step && measures.length === 0) {
    return announcementIn(text, layout);
  }
  const places = (counter: Counter | undefined): CounterPlaces | undefined =>
    counter && { count: layout.number(counter.count), total: counter.total && layout.number(counter.total) };
  return { epoch: places(epoch), step: places(step), epochLeads, pairs, measures };
}

interface FoundCounters {
  readonly epoch: Counter | undefined;
  readonly step: Counter | undefined;
  readonly epochLeads: boolean;
}

function countersIn(text: string): FoundCounters {
  const pair = text.includes('[') ? (doubleBracket.exec(text) ?? commaBracket.exec(text)) : null;
  if (pair) {
    const [epoch, second, step, totalSteps] = [1, 2, 3, 4].map((group) => groupSpan(pair, group));
    return {
      epoch: counter(epoch, step && second),
      step: counter(step ?? second, totalSteps),
      epochLeads: true,
    };
  }
  const at = text.search(epochWord);
  const epoch = at === -1 ? undefined : counterAt(text, at + 'epoch'.length);
  const epochLeads = at < 16 || /^\W{0,4}(?:train|val|test)/i.test(text);
  return { epoch, step: stepIn(text, epoch), epochLeads };
}

function counter(count: Span | undefined, total: Span | undefined): Counter | undefined {
  return count && { count, total, end: 0 };
}

function stepIn(text: string, epoch: Counter | undefined): Counter | undefined {
  const at = text.search(stepWord);
  if (at !== -1) {
    return counterAt(text, at + (/^\w+/.exec(text.slice(at, at + 12))?.[0].length ?? 0));
  }
  const behind =
    epoch && text.includes('[', epoch.end) ? bracketAfterEpoch.exec(text.slice(epoch.end)) : null;
  const [count, total] = [groupSpan(behind, 1), groupSpan(behind, 2)];
  if (epoch && count && total) {
    return counter(shifted(count, epoch.end), shifted(total, epoch.end));
  }
  const match =
    (text.includes('fter ') ? afterSteps.exec(text) : null) ??
    (text.includes('/') ? countedBatches.exec(text) : null) ??
    (text.endsWith(']') ? trailingBracket.exec(text) : null);
  return match ? counter(groupSpan(match, 1), groupSpan(match, 2)) : undefined;
}

function announcementIn(text: string, layout: LineLayout): Announcement | undefined {
  const match = text.includes('poch') ? announcedEpochs.exec(text) : null;
  const total = match ? (groupSpan(match, 1) ?? groupSpan(match, 2)) : undefined;
  return total && { totalEpochs: layout.number(total) };
}

function plainPairs(text: string, layout: LineLayout): readonly NamedPlace[] {
  const after = text.includes(' after ') ? lossAfter.exec(text) : null;
  const pairs = after ? addPairs([], [after], layout) : pairPlaces(text, layout, undefined, style);
  return pairs.some(({ name }) => isMeasure(name))
    ? pairs
    : addPairs(pairs, text.matchAll(unseparated), layout);
}

/** Adds the names and values that a pattern found: its first two groups. The first value of a name wins. */
function addPairs(
  pairs: readonly NamedPlace[],
  matches: Iterable<RegExpExecArray>,
  layout: LineLayout,
): readonly NamedPlace[] {
  const all = [...pairs];
  for (const match of matches) {
    const [printed, value] = [groupSpan(match, 1), groupSpan(match, 2)];
    const name = metricName(match[1] ?? '');
    if (printed && value && name !== '' && !all.some((pair) => pair.name === name)) {
      layout.name(printed);
      all.push({ name, place: layout.number(value) });
    }
  }
  return all;
}
