import type { Line } from '../line.js';
import type { LineLayout } from '../lineLayout.js';
import { isDigit } from '../numbers.js';
import type { Detector, Observation, RunView } from '../observation.js';
import { nothingNew } from '../observation.js';
import { findMetrics, pairPlaces, type NamedPlace, type PairStyle } from '../pairs.js';
import { groupSpan, type Place } from '../place.js';

const bar =
  /^\s{0,8}(\d{1,9})\/(\d{1,9}|Unknown|None)\s{0,3}(?:\[[=>.]{1,80}\]|[━╸╺─]{1,80}|(?=-? ?\d{1,7}s \d{1,9}[mu]?s\/(?:step|epoch|sample))|-(?= \d))/d;
const header = /^\s{0,8}Epoch (\d{1,7})\/(\d{1,7})\s{0,4}$/;
/** TensorFlow 1 and verbose=2 of early Keras 2: no counter, ` - 2s - loss: 0.5`. */
const summary = /^ {0,4}- \d{1,7}s(?: \d{1,9}[mu]?s\/(?:step|epoch|sample))? - [\w@/.]{1,80}: /;
const style: PairStyle = { wordsPerName: 1, allowsLeftovers: true };
const eta = /- ETA: (?:(\d{1,5}):)?(?:(\d{1,4}):)?(\d{1,6})s?/d;

/** Keras 2 and 3: an epoch's header, then bars that rewrite themselves. Validation has no bar of its own. */
export class KerasDetector implements Detector {
  readonly #run: RunView;
  #epoch: number | null = null;
  /** The bar of this epoch reached its end: what follows with other lengths evaluates or predicts. */
  #completed = false;

  constructor(run: RunView) {
    this.#run = run;
  }

  read(line: Line): Observation | undefined {
    const bar = line.find(kerasBar);
    if (bar) {
      return this.#readBar(line, bar);
    }
    return line.bar ? undefined : (this.#readHeader(line.text) ?? this.#readSummary(line.text));
  }

  /** Before the first bar anybody may have printed it; then it is ours. */
  #readHeader(text: string): Observation | undefined {
    const match = this.#run.framework === 'keras' && text.includes('/') ? header.exec(text) : null;
    return match ? { epoch: Number(match[1]), totalEpochs: Number(match[2]), scope: 'epoch' } : undefined;
  }

  #readSummary(text: string): Observation | undefined {
    return text.includes('s - ') && summary.test(text)
      ? { framework: 'keras', metrics: findMetrics(text, style), scope: 'epoch' }
      : undefined;
  }

  #readBar(line: Line, { step, total, pairs, eta }: KerasBar): Observation {
    const totalSteps = total && line.value(total);
    if (this.#epoch !== this.#run.epoch) {
      this.#epoch = this.#run.epoch;
      this.#completed = false;
    }
    if (this.#completed && totalSteps !== this.#run.totalSteps) {
      return pairs.length > 0 ? { metrics: line.metrics(pairs), phase: 'validation' } : nothingNew;
    }
    if (this.#epoch === null && pairs.length === 0) {
      return nothingNew;
    }
    const count = line.value(step);
    this.#completed = count === totalSteps;
    return {
      framework: 'keras',
      step: count,
      totalSteps,
      metrics: line.metrics(pairs),
      scope: 'epoch',
      etaSeconds: line.seconds(eta),
    };
  }
}

interface KerasBar {
  readonly step: Place;
  /** Null when the data do not say how many there are. */
  readonly total: Place | null;
  readonly pairs: readonly NamedPlace[];
  readonly eta: readonly Place[];
}

function kerasBar(text: string, layout: LineLayout): KerasBar | undefined {
  const match = text.includes('/') && !layout.bar ? bar.exec(text) : null;
  const [step, total] = [groupSpan(match, 1), groupSpan(match, 2)];
  return step && total
    ? {
        step: layout.number(step),
        total: isDigit(text.charCodeAt(total.start)) ? layout.number(total) : null,
        pairs: pairPlaces(text, layout, undefined, style),
        eta: etaPlaces(text, layout),
      }
    : undefined;
}

function etaPlaces(text: string, layout: LineLayout): readonly Place[] {
  const match = text.includes('ETA') ? eta.exec(text) : null;
  return [1, 2, 3]
    .map((group) => groupSpan(match, group))
    .filter((part) => part !== undefined)
    .map((part) => layout.number(part));
}
