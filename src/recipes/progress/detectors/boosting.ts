import { number, parseNumber } from '../numbers.js';
import type { LineLayout } from '../lineLayout.js';
import type { Line } from '../line.js';
import type { Detector, Observation } from '../observation.js';
import { nothingNew } from '../observation.js';
import { pairPlaces, type NamedPlace } from '../pairs.js';
import { groupSpan, type Place, type Span } from '../place.js';
import { newMetrics } from '../point.js';

const round = /^\s{0,8}\[(\d{1,9})\]\s{1,8}/d;
const lightgbmMetric = new RegExp(
  `([\\w.\\-]{1,60}(?: [\\w.\\-]{1,60})?)'s ([\\w@.\\-]{1,60}(?: [\\w@.\\-]{1,60})?): (${number})`,
  'dg',
);
const commandLine = new RegExp(
  `Iteration:\\s?(\\d{1,9}), ([\\w.\\-]{1,60})(?:'s)? ([\\w@.\\-]{1,60}(?: [\\w@.\\-]{1,60})?) ?: ?(${number})`,
);

/** `best iteration is:` and `Stopping. Best iteration:` are followed by an earlier round, printed again. */
const repeats = /(?:best iteration is|Best iteration is|Stopping\. Best iteration):?\s*$/;
/** LightGBM says it before each training, XGBoost before 1.3 too: the rounds begin again. */
const begins =
  /^(?:Training until validation scores|Will train until|Multiple eval metrics have been passed)/;

/** XGBoost and LightGBM: a line per round, `[12]\ttrain-auc:0.97` or `[12]\tvalid_1's auc: 0.97`. */
export class BoostingDetector implements Detector {
  #nextRepeats = false;

  read(line: Line): Observation | undefined {
    const layout = line.find(roundLayout);
    if (layout) {
      return this.#readRound(line, layout);
    }
    const { text } = line;
    if (text.includes('[')) {
      return text.includes('Iteration:') ? readCommandLine(text) : readMessage(text);
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

  #readRound(line: Line, { isLightgbm, step, pairs }: RoundLayout): Observation {
    const kind = this.#nextRepeats ? 'aside' : undefined;
    this.#nextRepeats = false;
    return {
      framework: isLightgbm ? 'lightgbm' : 'xgboost',
      step: line.value(step),
      scope: 'run',
      metrics: line.metrics(pairs),
      kind,
    };
  }
}

interface RoundLayout {
  readonly isLightgbm: boolean;
  readonly step: Place;
  readonly pairs: readonly NamedPlace[];
}

function roundLayout(text: string, layout: LineLayout): RoundLayout | undefined {
  const match = text.includes('[') ? round.exec(text) : null;
  const step = groupSpan(match, 1);
  if (!match || !step) {
    return undefined;
  }
  const isLightgbm = text.includes("'s ");
  const rest: Span = { start: match[0].length, end: text.length };
  const pairs = isLightgbm ? lightgbmPairs(text, layout, rest) : xgboostPairs(text, layout, rest);
  return pairs.length === 0 ? undefined : { isLightgbm, step: layout.number(step), pairs };
}

/** Names are glued to their values; anything else behind a `[12]` is another program's. */
function xgboostPairs(text: string, layout: LineLayout, rest: Span): readonly NamedPlace[] {
  const separator = text.indexOf(':', rest.start);
  const isGlued =
    separator > rest.start &&
    separator + 1 < text.length &&
    text[separator + 1] !== ' ' &&
    !text.slice(rest.start, separator).includes(' ');
  return isGlued ? pairPlaces(text, layout, rest) : [];
}

function lightgbmPairs(text: string, layout: LineLayout, rest: Span): readonly NamedPlace[] {
  lightgbmMetric.lastIndex = rest.start;
  const pairs = new Map<string, Place>();
  for (let match = lightgbmMetric.exec(text); match; match = lightgbmMetric.exec(text)) {
    const [set, measure, value] = [1, 2, 3].map((group) => groupSpan(match, group));
    const name = `${match[1] ?? ''} ${match[2] ?? ''}`;
    if (set && measure && value && !pairs.has(name)) {
      layout.name({ start: set.start, end: measure.end });
      pairs.set(name, layout.number(value));
    }
  }
  return [...pairs].map(([name, place]) => ({ name, place }));
}

/** `[LightGBM] [Info] … initscore=-0.16` describes the data; that it finished is a landmark. */
function readMessage(text: string): Observation | undefined {
  return text.startsWith('[LightGBM] [') && !text.includes('] Finish') ? nothingNew : undefined;
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
