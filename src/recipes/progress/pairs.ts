import { isDigit, numberEnd, numberIn, parseNumber } from './numbers.js';
import type { LineLayout } from './lineLayout.js';
import type { Place, Span } from './place.js';
import { newMetrics, type Metrics } from './point.js';

/** How a program writes its pairs. */
export interface PairStyle {
  /** How many words, parted by one blank, a name may have: `Val Loss: 0.3`. */
  readonly wordsPerName: number;
  /** Values may have anything behind them: Keras leaves the rest of an older, longer state there. */
  readonly allowsLeftovers: boolean;
}

const usual: PairStyle = { wordsPerName: 1, allowsLeftovers: false };

/** Names that are numbers but say nothing about learning. */
const notMetrics = new Set([
  'eta',
  'v_num',
  'epoch',
  'epochs',
  'train_epoch',
  'training_epoch',
  'total_epochs',
  'current_epoch',
  'incremented_current_epoch',
  'step',
  'steps',
  'global_step',
  'total_steps',
  'batch',
  'iter',
  'iters',
  'iteration',
]);

/** A metric and where its value stands. */
export interface NamedPlace {
  readonly name: string;
  readonly place: Place;
}

interface Pair {
  /** As charts call it. */
  readonly name: string;
  readonly printed: Span;
  readonly value: Span;
}

/**
 * Every `name: number` and `name=number` of a part of the text, in one pass. The first value of a name wins.
 * A number that is a time, a date, a fraction or has a unit is none (`eta: 0:14:15`, `mem: 2756M`); a percentage is.
 */
function findPairs(text: string, from: number, to: number, style: PairStyle): readonly Pair[] {
  const pairs: Pair[] = [];
  const known = new Set(['']);
  let floor = from;
  for (let at = from; at < to; at++) {
    const code = text.charCodeAt(at);
    if (code === colon || code === equals) {
      const start = valueStart(text, at + 1);
      const end = numberEnd(text, start);
      if (end !== undefined && (style.allowsLeftovers || end === to || endsThere(text, end))) {
        const printed = nameBefore(text, at, floor, style.wordsPerName);
        const name = metricName(text.slice(printed.start, printed.end));
        if (!known.has(name)) {
          known.add(name);
          pairs.push({ name, printed, value: { start, end } });
        }
        floor = end;
        at = end - 1;
      }
    }
  }
  return pairs;
}

/** {@link findPairs}, by value. */
export function findMetrics(text: string, style: PairStyle = usual): Metrics {
  const metrics = newMetrics();
  for (const { name, value } of findPairs(text, 0, text.length, style)) {
    metrics[name] = numberIn(text, value.start, value.end);
  }
  return metrics;
}

/** {@link findPairs}, by place. */
export function pairPlaces(
  text: string,
  layout: LineLayout,
  { start, end }: Span = { start: 0, end: text.length },
  style: PairStyle = usual,
): readonly NamedPlace[] {
  return findPairs(text, start, end, style).map(({ name, printed, value }) => {
    layout.name(printed);
    return { name, place: layout.number(value) };
  });
}

/** Adds a value as printed, unless the name has one or is a counter. */
export function addMetric(metrics: Metrics, name: string, value: string): void {
  const key = metricName(name);
  if (key !== '' && !(key in metrics)) {
    metrics[key] = parseNumber(value);
  }
}

export function isEmpty(metrics: Readonly<Metrics>): boolean {
  for (const _name in metrics) {
    return false;
  }
  return true;
}

/** Behind blanks, and inside `tensor(` or a list. */
function valueStart(text: string, from: number): number {
  let at = from;
  while (isBlank(text.charCodeAt(at))) {
    at++;
  }
  if (text.charCodeAt(at) === letterT && text.startsWith('tensor(', at)) {
    return at + 'tensor('.length;
  }
  return text.charCodeAt(at) === openBracket ? at + 1 : at;
}

function endsThere(text: string, end: number): boolean {
  const code = text.charCodeAt(end);
  if (code === colon || code === slash || code === minus || isWord(code)) {
    return false;
  }
  return code !== point || !isDigit(text.charCodeAt(end + 1));
}

/** The name that ends before `separator`, empty when there is none. `floor` is where the last pair ended. */
function nameBefore(text: string, separator: number, floor: number, words: number): Span {
  let end = separator;
  while (end > floor && isBlank(text.charCodeAt(end - 1))) {
    end--;
  }
  if (end > floor && isQuote(text.charCodeAt(end - 1))) {
    end--;
  }
  let start = wordStart(text, end, floor);
  for (let more = 1; more < words && start > floor && text.charCodeAt(start - 1) === blank; more++) {
    const earlier = wordStart(text, start - 1, floor);
    if (earlier === start - 1) {
      break;
    }
    start = earlier;
  }
  return { start, end };
}

/** Where the word that ends at `end` begins; `end` itself when it is none. Words begin with a letter. */
function wordStart(text: string, end: number, floor: number): number {
  let start = end;
  while (start > floor && isNameCharacter(text.charCodeAt(start - 1))) {
    start--;
  }
  while (start < end && !isLetter(text.charCodeAt(start))) {
    start++;
  }
  return start;
}

/** Letters, digits and `_ @ / . % ( ) ' -`. */
function isNameCharacter(code: number): boolean {
  return (
    isWord(code) ||
    (code >= 0x27 && code <= 0x29) ||
    (code >= minus && code <= slash) ||
    code === 0x40 ||
    code === 0x25
  );
}

function isWord(code: number): boolean {
  return isDigit(code) || isLetter(code);
}

/** Letters of any script, and `_`. */
function isLetter(code: number): boolean {
  const lower = code | 0x20;
  return (
    (lower >= 0x61 && lower <= 0x7a) ||
    code === 0x5f ||
    (code >= 0xc0 && code < 0x2000) ||
    (code >= 0x3040 && code < 0xd800)
  );
}

/** Around the names of a dict that a loop prints. */
function isQuote(code: number): boolean {
  return code === 0x22 || code === 0x27;
}

function isBlank(code: number): boolean {
  return code === blank || code === tab;
}

const tab = 0x09;
const blank = 0x20;
const minus = 0x2d;
const point = 0x2e;
const slash = 0x2f;
const colon = 0x3a;
const equals = 0x3d;
const openBracket = 0x5b;
const letterT = 0x74;

const names = new Map<string, string>();
const maxNames = 2000;
/** `and val loss` → `val loss`. */
const filler = /^(?:(?:and|with|the|after|is|at|in|step|epoch) )+/i;
const ordinary = /^(?:[A-Z]?[a-z_]+\.?|[A-Z]+|[A-Z][a-z]+(?:_[A-Z]?[a-z]+)+)$/;

/**
 * `Loss` → `loss`, `Train Loss` → `train_loss`; `Acc@1`, `mAP50` and `coco/bbox_mAP` stay as printed.
 * '' for a counter.
 */
export function metricName(printed: string): string {
  let name = names.get(printed);
  if (name === undefined) {
    const words = copied(printed).trim().replace(filler, '').split(/\s+/);
    const joined = words
      .map((word) => (ordinary.test(word) ? word.toLowerCase() : word))
      .join('_')
      .replaceAll('._', '_');
    name = notMetrics.has(joined.toLowerCase()) || joined.endsWith('.py') ? '' : joined;
    if (names.size < maxNames) {
      names.set(copied(printed), name);
    }
  }
  return name;
}

/** A part of a string keeps the whole in memory; names live long. */
function copied(text: string): string {
  return Buffer.from(text).toString();
}
