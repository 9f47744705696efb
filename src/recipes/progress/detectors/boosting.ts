import { number, parseNumber } from '../numbers.js';
import type { Detector, Line, Observation } from '../observation.js';
import { findMetrics, isEmpty } from '../pairs.js';
import { newMetrics, type Metrics } from '../point.js';

const round = /^\s{0,8}\[(\d{1,9})\]\s{1,8}/;
const lightgbmMetric = new RegExp(
  `([\\w.\\-]{1,60}(?: [\\w.\\-]{1,60})?)'s ([\\w@.\\-]{1,60}(?: [\\w@.\\-]{1,60})?): (${number})`,
  'g',
);
const commandLine = new RegExp(
  `Iteration:\\s?(\\d{1,9}), ([\\w.\\-]{1,60}) ([\\w@.\\-]{1,60}) ?: ?(${number})`,
);

/** `best iteration is:` and `Stopping. Best iteration:` are followed by an earlier round, printed again. */
const repeats = /(?:best iteration is|Best iteration is|Stopping\. Best iteration):?\s*$/;
/** LightGBM says it before each training, XGBoost before 1.3 too: the rounds begin again. */
const begins =
  /^(?:Training until validation scores|Will train until|Multiple eval metrics have been passed)/;

/** XGBoost and LightGBM: a line per round, `[12]\ttrain-auc:0.97` or `[12]\tvalid_1's auc: 0.97`. */
export class BoostingDetector implements Detector {
  #nextRepeats = false;

  read({ text }: Line): Observation | undefined {
    if (text.includes('[')) {
      const match = round.exec(text);
      if (match) {
        return this.#readRound(text, Number(match[1]), match[0].length);
      }
      return text.includes('Iteration:') ? readCommandLine(text) : undefined;
    }
    return this.#readRemark(text);
  }

  #readRemark(text: string): Observation | undefined {
    if (text.includes('teration') && repeats.test(text)) {
      this.#nextRepeats = true;
      return text.includes('Stopping.') || text.includes('est iteration is')
        ? { kind: 'silent', finished: true }
        : undefined;
    }
    if ((text.startsWith('T') || text.startsWith('W') || text.startsWith('M')) && begins.test(text)) {
      return { kind: 'silent', restart: true };
    }
    return undefined;
  }

  #readRound(text: string, step: number, from: number): Observation | undefined {
    const isLightgbm = text.includes("'s ");
    const metrics = isLightgbm ? lightgbmMetrics(text.slice(from)) : xgboostMetrics(text, from);
    if (isEmpty(metrics)) {
      return undefined;
    }
    const kind = this.#nextRepeats ? ({ kind: 'aside' } as const) : undefined;
    this.#nextRepeats = false;
    return { framework: isLightgbm ? 'lightgbm' : 'xgboost', step, scope: 'run', metrics, ...kind };
  }
}

/** Names are glued to their values; anything else behind a `[12]` is another program's. */
function xgboostMetrics(text: string, from: number): Metrics {
  const separator = text.indexOf(':', from);
  const isGlued =
    separator > from &&
    separator + 1 < text.length &&
    text[separator + 1] !== ' ' &&
    !text.slice(from, separator).includes(' ');
  return isGlued ? findMetrics(text) : newMetrics();
}

function lightgbmMetrics(text: string): Metrics {
  const metrics = newMetrics();
  for (const match of text.matchAll(lightgbmMetric)) {
    metrics[`${match[1] ?? ''} ${match[2] ?? ''}`] ??= parseNumber(match[3] ?? '');
  }
  return metrics;
}

function readCommandLine(text: string): Observation | undefined {
  const match = commandLine.exec(text);
  if (!match) {
    return undefined;
  }
  const metrics = newMetrics();
  metrics[`${match[2] ?? ''} ${match[3] ?? ''}`] = parseNumber(match[4] ?? '');
  return { framework: 'lightgbm', step: Number(match[1]), scope: 'run', metrics };
}
