import { number, parseNumber } from '../numbers.js';
import type { Line } from '../line.js';
import type { Detector, Observation } from '../observation.js';
import { addMetric, metricName } from '../pairs.js';
import { newMetrics, type Metrics } from '../point.js';

interface Shape {
  readonly pattern: RegExp;
  /** Cheap test before the pattern. */
  readonly marker: string;
  readonly read: (match: RegExpExecArray) => Observation;
}

const shapes: readonly Shape[] = [
  {
    marker: ', loss = ',
    pattern: new RegExp(`^Iteration (\\d{1,9}), loss = (${number})`),
    read: ([, step = '', loss = '']) => ({
      framework: 'sklearn',
      step: Number(step),
      scope: 'run',
      metrics: one('loss', loss),
    }),
  },
  {
    marker: 'Validation score: ',
    pattern: new RegExp(`^Validation score: (${number})\\s{0,4}$`),
    read: ([, score = '']) => ({ metrics: one('validation_score', score), phase: 'validation' }),
  },
  {
    marker: ' leaves',
    pattern: /^\[(\d{1,9})\/(\d{1,9})\] \d{1,9} trees?, \d{1,9} leaves,(.{0,300})$/,
    read: ([, step = '', total = '', rest = '']) => ({
      framework: 'sklearn',
      step: Number(step),
      totalSteps: Number(total),
      scope: 'run',
      metrics: boostingMetrics(rest),
    }),
  },
  {
    marker: 'building tree ',
    pattern: /^building tree (\d{1,9}) of (\d{1,9})/,
    read: ([, step = '', total = '']) => ({
      framework: 'sklearn',
      step: Number(step),
      totalSteps: Number(total),
      scope: 'run',
    }),
  },
  {
    marker: '-- Epoch ',
    pattern: /^-- Epoch (\d{1,9})\s{0,4}$/,
    read: ([, epoch = '']) => ({ framework: 'sklearn', epoch: Number(epoch) }),
  },
  {
    marker: 'Avg. loss: ',
    pattern: new RegExp(`^Norm: .{0,200}Avg\\. loss: (${number})`),
    read: ([, loss = '']) => ({ framework: 'sklearn', metrics: one('avg_loss', loss) }),
  },
  {
    marker: 'At iterate',
    pattern: new RegExp(`^\\s{0,4}At iterate\\s{1,8}(\\d{1,9})\\s{1,8}f=\\s{0,4}(${number})`),
    read: ([, step = '', value = '']) => ({
      framework: 'sklearn',
      step: Number(step),
      scope: 'run',
      metrics: one('f', value),
    }),
  },
];

const tableHeader = /^\s{1,20}Iter\s{1,20}(Train Loss\s.{0,100})$/;
const tableRow =
  /^\s{1,20}(\d{1,9})((?:\s{1,20}[-\d.e+naif]{1,30}){1,3})\s{1,20}([\d.]{1,12})([smh])\s{0,4}$/;
const searchTotal = /^Fitting \d{1,9} folds for each of \d{1,9} candidates, totalling (\d{1,9}) fits/;
const searchFit = /^\[CV[^\]]{0,60}\] END .{0,2000}total time=/;
/** `score=0.84`, or `score=(train=0.9, test=0.84)`. */
const searchScore = new RegExp(`[;,] score=(?:\\(.{0,40}test=)?(${number})`);

/** scikit-learn's verbose output: a table, a line per iteration, tree or fold, by estimator. */
export class SklearnDetector implements Detector {
  #columns: readonly string[] = [];
  #fits = 0;

  read({ text, bar }: Line): Observation | undefined {
    if (bar) {
      return undefined;
    }
    for (const { marker, pattern, read } of shapes) {
      const match = text.includes(marker) ? pattern.exec(text) : null;
      if (match) {
        return read(match);
      }
    }
    return this.#readTable(text) ?? this.#readSearch(text);
  }

  /** Gradient boosting: the columns are separated by several blanks, their names hold single ones. */
  #readTable(text: string): Observation | undefined {
    const header = text.includes('Train Loss') ? tableHeader.exec(text) : null;
    if (header) {
      this.#columns = (header[1] ?? '').trim().split(/\s{2,}/);
      return { framework: 'sklearn', kind: 'silent', restart: true };
    }
    const match = this.#columns.length > 0 ? tableRow.exec(text) : null;
    if (!match) {
      return undefined;
    }
    const cells = (match[2] ?? '').trim().split(/\s+/);
    const metrics = newMetrics();
    for (const [index, cell] of cells.entries()) {
      metrics[metricName(this.#columns[index] ?? `column_${index}`)] = parseNumber(cell);
    }
    const unit = { s: 1, m: 60, h: 3600 }[match[4] ?? 's'] ?? 1;
    return {
      framework: 'sklearn',
      step: Number(match[1]),
      scope: 'run',
      metrics,
      etaSeconds: Number(match[3]) * unit,
    };
  }

  #readSearch(text: string): Observation | undefined {
    const total = text.startsWith('Fitting ') ? searchTotal.exec(text) : null;
    if (total) {
      this.#fits = 0;
      return {
        framework: 'sklearn',
        totalSteps: Number(total[1]),
        scope: 'run',
        restart: true,
        kind: 'silent',
      };
    }
    const isFit = text.startsWith('[CV') && searchFit.test(text);
    if (!isFit) {
      return undefined;
    }
    const score = searchScore.exec(text)?.[1];
    const metrics = score === undefined ? newMetrics() : one('score', score);
    return { framework: 'sklearn', step: ++this.#fits, scope: 'run', metrics };
  }
}

function one(name: string, value: string): Metrics {
  const metrics = newMetrics();
  metrics[name] = parseNumber(value);
  return metrics;
}

/** ` max depth = 5, train loss: 0.57863, val loss: 0.57455, in 0.012s` → the two losses or scores. */
function boostingMetrics(text: string): Metrics {
  const metrics = newMetrics();
  for (const match of text.matchAll(new RegExp(`((?:train|val) (?:loss|score)): (${number})`, 'g'))) {
    addMetric(metrics, match[1] ?? '', match[2] ?? '');
  }
  return metrics;
}
