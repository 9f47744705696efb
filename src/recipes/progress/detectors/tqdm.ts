import type { Bar } from '../bar.js';
import type { EpochNumbering, NumberedEpoch } from '../epochNumbering.js';
import type { Detector, Line, Observation, RunView } from '../observation.js';
import { nothingNew } from '../observation.js';
import { findMetrics, isEmpty } from '../pairs.js';
import type { Metrics } from '../point.js';

const epochOf = /\bepochs?\b[\s:#=_[(-]{0,4}(\d{1,6})(?:\s{0,3}(?:\/|of)\s{0,3}(\d{1,6}))?/i;
const shortEpoch = /^(?:ep|e)[\s:#]?(\d{1,6})(?:\/(\d{1,6}))?$/i;
const countsEpochs = /^(?:train(?:ing)? )?epochs?$/i;
const trains = /\btrain(?:ing)?\b|\biter(?:ation)?s?\b|\bbatch(?:es)?\b|\bsteps?\b|\bfit(?:ting)?\b/i;
const evaluates =
  /\b(?:val|valid|validation|validating|validate|eval|evaluation|evaluating|evaluate|test|testing|inference|predict(?:ing|ion)?)\b/i;
/** Preparing, moving and saving things. */
const prepares =
  /\b(?:load|download|upload|map|filter|token|truncat|pack|generat|fetch|cach|scan|extract|convert|preprocess|process|sav|push|merg|sampl|quantiz|cast|read|format|adding|applying|creat|build|detect|collect|comput|encod|embed|stream|shard|render|pull|copy)\w*/i;

/** How sure we are that a bar is the training: one that is surer hides the others. */
const certainty = { bare: 1, measured: 2, named: 3 } as const;

/** tqdm in hand-written loops: what the label says, what the postfix measures, and nothing else. */
export class TqdmDetector implements Detector {
  readonly #run: RunView;
  readonly #numbering: EpochNumbering;
  #best = 0;
  #label: Label | undefined;
  /** A bar that counts epochs around the bar of each epoch. */
  #outer: { readonly count: number; readonly total: number | null } | undefined;

  constructor(run: RunView, numbering: EpochNumbering) {
    this.#run = run;
    this.#numbering = numbering;
  }

  /** Whether bars say where the training is, so that steps in texts are only remarks. */
  get isFollowing(): boolean {
    return this.#best > 0;
  }

  read({ bar }: Line): Observation | undefined {
    if (!bar || this.#run.isProven) {
      return bar && nothingNew;
    }
    const label = this.#understand(bar.label);
    if (!bar.countsIterations) {
      return nothingNew;
    }
    const metrics = findMetrics(bar.postfix);
    if (label.evaluates) {
      return isEmpty(metrics) ? nothingNew : { guess: 'pytorch', metrics, phase: 'validation' };
    }
    return label.countsEpochs ? this.#readOuter(bar, metrics) : this.#readInner(bar, label, metrics);
  }

  /** The label stays the same for a whole epoch. */
  #understand(text: string): Label {
    if (this.#label?.text !== text) {
      this.#label = understandLabel(text);
    }
    return this.#label;
  }

  #readOuter(bar: Bar, metrics: Metrics): Observation {
    this.#outer = { count: bar.count, total: bar.total };
    return {
      guess: 'pytorch',
      epoch: bar.count,
      ...(bar.total !== null && { totalEpochs: bar.total }),
      ...(isEmpty(metrics) ? { kind: 'silent' } : { metrics }),
    };
  }

  #readInner(bar: Bar, label: Label, metrics: Metrics): Observation {
    const { epoch } = label;
    const rank = rankOf(label, metrics);
    if (rank === 0 || rank < this.#best) {
      return nothingNew;
    }
    this.#best = rank;
    const numbered = epoch ? this.#numbering.number(epoch.printed, epoch.total) : this.#aroundOuter();
    return {
      guess: 'pytorch',
      epoch: numbered?.epoch,
      totalEpochs: numbered?.totalEpochs,
      step: bar.count,
      totalSteps: bar.total,
      scope: numbered ? 'epoch' : undefined,
      etaSeconds: numbered ? undefined : bar.remainingSeconds,
      metrics,
    };
  }

  /** The outer bar counts finished epochs; the inner one is in the next. */
  #aroundOuter(): NumberedEpoch | undefined {
    return this.#outer && { epoch: Math.min(this.#outer.count + 1, this.#outer.total ?? Infinity) };
  }
}

/** What a label says about its bar. */
interface Label {
  readonly text: string;
  readonly epoch: { readonly printed: number; readonly total: number | undefined } | undefined;
  readonly evaluates: boolean;
  readonly countsEpochs: boolean;
  readonly prepares: boolean;
  readonly trains: boolean;
}

function understandLabel(text: string): Label {
  const [, printed, total] = epochOf.exec(text) ?? shortEpoch.exec(text) ?? [];
  return {
    text,
    epoch:
      printed === undefined
        ? undefined
        : { printed: Number(printed), total: total === undefined ? undefined : Number(total) },
    evaluates: evaluates.test(text),
    countsEpochs: countsEpochs.test(text),
    prepares: prepares.test(text),
    trains: trains.test(text),
  };
}

function rankOf(label: Label, metrics: Metrics): number {
  if (label.epoch) {
    return certainty.named;
  }
  if (label.prepares) {
    return 0;
  }
  if (label.trains) {
    return certainty.named;
  }
  if (!isEmpty(metrics)) {
    return certainty.measured;
  }
  return label.text === '' ? certainty.bare : 0;
}
