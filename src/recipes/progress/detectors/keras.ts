import type { Detector, Line, Observation, RunView } from '../observation.js';
import { nothingNew } from '../observation.js';
import { findMetrics, isEmpty, type PairStyle } from '../pairs.js';

const bar =
  /^\s{0,8}(\d{1,9})\/(\d{1,9}|Unknown|None)\s{0,3}(?:\[[=>.]{1,80}\]|[━╸╺─]{1,80}|(?=-? ?\d{1,7}s \d{1,9}[mu]?s\/(?:step|epoch|sample))|-(?= \d))/;
const header = /^\s{0,8}Epoch (\d{1,7})\/(\d{1,7})\s{0,4}$/;
/** TensorFlow 1 and verbose=2 of early Keras 2: no counter, ` - 2s - loss: 0.5`. */
const summary = /^ {0,4}- \d{1,7}s(?: \d{1,9}[mu]?s\/(?:step|epoch|sample))? - [\w@/.]{1,80}: /;
const style: PairStyle = { wordsPerName: 1, allowsLeftovers: true };
const eta = /- ETA: (?:(\d{1,5}):)?(?:(\d{1,4}):)?(\d{1,6})s?/;

/** Keras 2 and 3: an epoch's header, then bars that rewrite themselves. Validation has no bar of its own. */
export class KerasDetector implements Detector {
  readonly #run: RunView;
  #epoch: number | null = null;
  /** The bar of this epoch reached its end: what follows with other lengths evaluates or predicts. */
  #completed = false;

  constructor(run: RunView) {
    this.#run = run;
  }

  read({ text, bar: tqdm }: Line): Observation | undefined {
    if (tqdm || !text.includes('/')) {
      return tqdm ? undefined : this.#readSummary(text);
    }
    const match = bar.exec(text);
    return match
      ? this.#readBar(text, Number(match[1]), Number(match[2]))
      : (this.#readHeader(text) ?? this.#readSummary(text));
  }

  /** Before the first bar anybody may have printed it; then it is ours. */
  #readHeader(text: string): Observation | undefined {
    const match = this.#run.framework === 'keras' ? header.exec(text) : null;
    return match ? { epoch: Number(match[1]), totalEpochs: Number(match[2]), scope: 'epoch' } : undefined;
  }

  #readSummary(text: string): Observation | undefined {
    return text.includes('s - ') && summary.test(text)
      ? { framework: 'keras', metrics: findMetrics(text, style), scope: 'epoch' }
      : undefined;
  }

  #readBar(text: string, step: number, printedTotal: number): Observation {
    const totalSteps = Number.isNaN(printedTotal) ? null : printedTotal;
    const metrics = findMetrics(text, style);
    const hasMetrics = !isEmpty(metrics);
    if (this.#epoch !== this.#run.epoch) {
      this.#epoch = this.#run.epoch;
      this.#completed = false;
    }
    if (this.#completed && totalSteps !== this.#run.totalSteps) {
      return hasMetrics ? { metrics, phase: 'validation' } : nothingNew;
    }
    if (this.#epoch === null && !hasMetrics) {
      return nothingNew;
    }
    this.#completed = step === totalSteps;
    return { framework: 'keras', step, totalSteps, metrics, scope: 'epoch', ...etaOf(text) };
  }
}

function etaOf(text: string): Observation {
  const match = text.includes('ETA') ? eta.exec(text) : null;
  if (!match) {
    return {};
  }
  const [, a, b, seconds] = match;
  const [hours, minutes] = b === undefined ? [0, Number(a ?? 0)] : [Number(a ?? 0), Number(b)];
  return { etaSeconds: (hours * 60 + minutes) * 60 + Number(seconds) };
}
