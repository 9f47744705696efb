/** Which part of the data a metric was measured on. A metric that does not say is taken for training. */
export type Phase = 'train' | 'validation' | 'test';

export type FamilyId = 'loss' | 'accuracy' | 'map' | 'error' | 'learningRate' | 'gpu' | 'other';

/** What a metric's name tells about it. */
export interface MetricKind {
  readonly family: FamilyId;
  /** Metrics with the same key share a chart. What has no family of its own shares one with its namesakes only. */
  readonly familyKey: string;
  /** The name without its phase: `loss` for `val/loss`, so that the two can be drawn as a pair. */
  readonly base: string;
  readonly phase: Phase;
  /** Which direction is good; `null` when neither is. */
  readonly better: 'lower' | 'higher' | null;
}

/** In the order of the charts. The first pattern that fits decides. */
const families: readonly (Pick<MetricKind, 'family' | 'better'> & { readonly pattern: RegExp })[] = [
  { family: 'loss', better: 'lower', pattern: /loss|nll|cross[-_ ]?entropy|deviance/i },
  {
    family: 'accuracy',
    better: 'higher',
    pattern:
      /(^|[^a-z])(acc|accuracy|accuracies|top[-_ ]?[15]|f1|precision|recall|auc|aucpr|r2|iou|miou|dice)([^a-z]|$)/i,
  },
  { family: 'map', better: 'higher', pattern: /(^|[^a-z])(m?ap)([^a-z]|$)/i },
  {
    family: 'error',
    better: 'lower',
    pattern: /(^|[^a-z])(r?mse|rmsle|mae|mape|m?error|wer|cer|l1|l2|perplexity|ppl)([^a-z]|$)/i,
  },
  { family: 'learningRate', better: null, pattern: /(^|[^a-z])lr([^a-z]|$)|learning[-_ ]?rate/i },
  // The names of `loadColumns.ts`: what a script itself says of a GPU may have any unit.
  { family: 'gpu', better: null, pattern: /^(GPU|VRAM)( \d+)? (%|°C)$/ },
];

export function describeMetric(name: string): MetricKind {
  const { base, phase } = splitPhase(name);
  const known = families.find(({ pattern }) => pattern.test(base));
  if (known) return { family: known.family, familyKey: known.family, base, phase, better: known.better };
  return { family: 'other', familyKey: `other:${base.toLowerCase()}`, base, phase, better: null };
}

/** Where a family's chart stands among the others; equal ranks keep the order in which they appeared. */
export function familyRank(family: FamilyId): number {
  const rank = families.findIndex((known) => known.family === family);
  return rank === -1 ? families.length : rank;
}

const phaseWords = 'train(?:ing)?|val(?:id(?:ation)?)?|eval(?:uation)?|dev|test';
/** `val/loss`, `eval_loss`, `train-logloss`, `valid_0's l2`, `validation_0-logloss`. */
const phaseBefore = new RegExp(`^(${phaseWords})(?:_?\\d+)?(?:'s)?[\\s/_.:-]+(?=\\S)`, 'i');
/** `loss/val`, `accuracy_test`. */
const phaseBehind = new RegExp(`[\\s/_.:-]+(${phaseWords})$`, 'i');
/** A folder that groups and says nothing: `metrics/mAP50(B)`. */
const emptyGroup = /^metrics?\//i;

function splitPhase(name: string): { base: string; phase: Phase } {
  const match = phaseBefore.exec(name) ?? phaseBehind.exec(name);
  const base = (match ? name.replace(match[0], '') : name).replace(emptyGroup, '');
  return { base, phase: match ? toPhase(match[1] ?? '') : 'train' };
}

function toPhase(word: string): Phase {
  if (/^train/i.test(word)) return 'train';
  return /^test/i.test(word) ? 'test' : 'validation';
}
