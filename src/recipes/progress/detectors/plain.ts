import type { EpochNumbering } from '../epochNumbering.js';
import { counterAt, type Counter } from '../counters.js';
import { afterNumber, number, parseCount } from '../numbers.js';
import type { Detector, Line, Observation, RunView, StepScope } from '../observation.js';
import { addMetric, findMetrics, isEmpty, type PairStyle } from '../pairs.js';
import { newMetrics, type Metrics } from '../point.js';
import type { TqdmDetector } from './tqdm.js';

const maxLength = 1500;
/** Every line that we understand has one of these. */
const gate = /poch|tep|ter|atch|oss|cc|core|rror|ppl|mAP|AUC|auc|[fF]1|recision|ecall|\]\[|\d, {1,8}\d/;

/** Which epoch is meant; another one may be mentioned. */
const epochWord = /(?<!best |last |from |since |every |per |at |of )\bepoch(?=[\s:#=_[(-]{0,8}\d)/i;
const stepWord =
  /(?<=\b|global_)(?:step|iteration|iter|batch(?! ?=)|minibatch|update)(?=[\s:#=_[(-]{0,12}\d)/i;
const afterSteps = /\bafter (\d[\d,]{0,15}) (?:steps|iterations|batches|updates)\b/i;
/** `Train Epoch: 1 [640/60000 (1%)]` and `Epoch: [0][10/50]`: the step follows the epoch in brackets. */
const bracketAfterEpoch =
  /^,?\s{0,4}\[\s{0,8}(\d{1,12})\/\s{0,8}(\d{1,12})(?:\s{0,2}\(\s{0,3}\d{1,3}(?:\.\d{1,4})?%\))?\]/;
/** `[3/25][10/1583]` of the DCGAN example. */
const doubleBracket = /^\s{0,8}\[(\d{1,6})\/(\d{1,6})\]\s?\[(\d{1,9})\/(\d{1,9})\]/;
/** `[2,  4000] loss: 1.9` of the CIFAR-10 tutorial. */
const commaBracket = /^\s{0,8}\[(\d{1,6}),\s{1,8}(\d{1,9})\]\s{1,4}(?=loss)/;
/** `loss: 2.30  [   64/60000]` of the quickstart. */
const trailingBracket = /\[\s{0,8}(\d{1,12})\/\s{0,8}(\d{1,12})\]\s{0,4}$/;
const announcedEpochs =
  /\b(?:(?:num|number of|total|max|n)[_ ]epochs?\s{0,3}[:=]\s{0,3}(\d{1,6})\b|training for (\d{1,6}) epochs\b)/i;

const style: PairStyle = { wordsPerName: 3, allowsLeftovers: false };
const measure =
  'loss|acc|accuracy|auc|auroc|f1|f1[_-]score|precision|recall|iou|miou|map|mAP|dice|bleu|rouge|rougel|perplexity|ppl|reward|score|mae|mse|rmse|r2|psnr|ssim|wer|cer|Acc@\\d|top-?\\d';
const unseparated = new RegExp(
  `((?:(?:train|val|valid|validation|test|avg|mean|total|training|eval) )?(?:[\\w]{0,30}_)?(?:${measure}|lr))\\s{1,6}(${number})(?:%|${afterNumber})`,
  'gi',
);
const isMeasure = new RegExp(`(?:^|[_ /@-])(?:${measure})(?:@[\\d.:]{1,9})?$`, 'i');
const lossAfter = new RegExp(`\\b([\\w ]{0,30}loss) after \\d[\\d,]{0,15} \\w{1,12}: (${number})`, 'i');

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

  read({ text, bar }: Line): Observation | undefined {
    if (bar || this.#run.isProven || text.length > maxLength || !gate.test(text)) {
      return undefined;
    }
    const counters = this.#readCounters(text);
    const metrics = counters ? findPlainMetrics(text) : onlyMeasures(findPlainMetrics(text));
    if (!counters) {
      return isEmpty(metrics) ? readAnnouncement(text) : { guess: 'pytorch', metrics };
    }
    return this.#withoutBarsSteps({
      guess: 'pytorch',
      epoch: counters.epoch,
      totalEpochs: counters.totalEpochs,
      step: counters.step,
      totalSteps: counters.totalSteps,
      scope: counters.scope,
      metrics,
    });
  }

  #readCounters(text: string): Observation | undefined {
    const pair = text.includes('[') ? (doubleBracket.exec(text) ?? commaBracket.exec(text)) : null;
    if (pair) {
      return this.#pairOf(pair);
    }
    const at = text.search(epochWord);
    const epoch = at === -1 ? undefined : counterAt(text, at + 'epoch'.length);
    const step = stepIn(text, epoch);
    if (!epoch || !this.#isPlausible(text, at, epoch)) {
      return step && { step: step.count, totalSteps: step.total, scope: this.#scopeOf(step) };
    }
    const numbered = this.#numbering.number(epoch.count, epoch.total);
    return {
      epoch: numbered.epoch,
      totalEpochs: numbered.totalEpochs,
      step: step?.count,
      totalSteps: step?.total,
      scope: 'epoch',
    };
  }

  /** `[64/60000]` under a header `Epoch 1` counts inside the epoch. */
  #scopeOf(step: Counter): StepScope {
    return this.#run.epoch !== null && step.total !== undefined ? 'epoch' : 'run';
  }

  #pairOf([, epoch = '', second = '', step, totalSteps]: RegExpExecArray): Observation {
    const isDouble = step !== undefined;
    const numbered = this.#numbering.number(Number(epoch), isDouble ? Number(second) : undefined);
    return {
      epoch: numbered.epoch,
      totalEpochs: numbered.totalEpochs,
      step: Number(step ?? second),
      totalSteps: totalSteps === undefined ? undefined : Number(totalSteps),
      scope: 'epoch',
    };
  }

  /** Prose may mention an earlier epoch; only a line that begins with it goes back. */
  #isPlausible(text: string, at: number, { count }: Counter): boolean {
    return at < 16 || count >= (this.#run.epoch ?? 0) - 1 || /^\W{0,4}(?:train|val|test)/i.test(text);
  }

  /** Where bars show the step, a step in a text is a remark of its own, or the same again. */
  #withoutBarsSteps(observation: Observation): Observation {
    if (!this.#bars.isFollowing || observation.step === undefined) {
      return observation;
    }
    return observation.epoch === undefined
      ? { ...observation, kind: 'aside' }
      : { ...observation, step: undefined, totalSteps: undefined };
  }
}

function stepIn(text: string, epoch: Counter | undefined): Counter | undefined {
  const at = text.search(stepWord);
  if (at !== -1) {
    return counterAt(text, at + (/^\w+/.exec(text.slice(at, at + 12))?.[0].length ?? 0));
  }
  const behind =
    epoch && text.includes('[', epoch.end) ? bracketAfterEpoch.exec(text.slice(epoch.end)) : null;
  const match =
    behind ??
    (text.includes('fter ') ? afterSteps.exec(text) : null) ??
    (text.endsWith(']') ? trailingBracket.exec(text) : null);
  return match
    ? {
        count: parseCount(match[1] ?? ''),
        total: match[2] === undefined ? undefined : parseCount(match[2]),
        end: 0,
      }
    : undefined;
}

function readAnnouncement(text: string): Observation | undefined {
  const match = text.includes('poch') ? announcedEpochs.exec(text) : null;
  const total = match?.[1] ?? match?.[2];
  return total === undefined ? undefined : { totalEpochs: Number(total), kind: 'silent' };
}

function findPlainMetrics(text: string): Metrics {
  const after = text.includes(' after ') ? lossAfter.exec(text) : null;
  const metrics = after ? newMetrics() : findMetrics(text, style);
  if (after) {
    addMetric(metrics, after[1] ?? '', after[2] ?? '');
  }
  if (hasMeasure(metrics)) {
    return metrics;
  }
  for (const match of text.matchAll(unseparated)) {
    addMetric(metrics, match[1] ?? '', match[2] ?? '');
  }
  return metrics;
}

function hasMeasure(metrics: Metrics): boolean {
  for (const name in metrics) {
    if (name === 'loss' || isMeasure.test(name)) {
      return true;
    }
  }
  return false;
}

/** Without a counter in the line only what is surely a measure counts: settings look the same. */
function onlyMeasures(metrics: Metrics): Metrics {
  const measures = newMetrics();
  for (const name in metrics) {
    const value = metrics[name];
    if (value !== undefined && isMeasure.test(name)) {
      measures[name] = value;
    }
  }
  return measures;
}
