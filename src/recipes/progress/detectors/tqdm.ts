import type { Bar, BarText } from '../bar.js';
import type { EpochNumbering, NumberedEpoch } from '../epochNumbering.js';
import type { Line } from '../line.js';
import type { LineLayout } from '../lineLayout.js';
import { isMeasure } from '../measures.js';
import type { Detector, Observation, RunView } from '../observation.js';
import { nothingNew } from '../observation.js';
import { isEmpty, pairPlaces, type NamedPlace } from '../pairs.js';
import { groupSpan, shifted, type Place } from '../place.js';
import type { Metrics } from '../point.js';

const epochOf = /\bepochs?\b[\s:#=_[(-]{0,4}(\d{1,6})(?:\s{0,3}(?:\/|of)\s{0,3}(\d{1,6}))?/di;
const shortEpoch = /^(?:ep|e)[\s:#]?(\d{1,6})(?:\/(\d{1,6}))?$/di;
/** `1|25|Loss: 1.2345`: the epoch from 1, the step of the run. */
const torchtune = /^(\d{1,6})\|\d{1,9}\|Loss: /d;
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

  read(line: Line): Observation | undefined {
    const { bar } = line;
    if (!bar || this.#run.isProven || !bar.countsIterations) {
      return bar && nothingNew;
    }
    const label = line.find(labelOfBar);
    if (!label) {
      return undefined;
    }
    const metrics = line.metrics(label.pairs);
    if (label.evaluates) {
      return isEmpty(metrics) ? nothingNew : { guess: 'pytorch', metrics, phase: 'validation' };
    }
    return label.countsEpochs ? this.#readOuter(bar, metrics) : this.#readInner(line, bar, label, metrics);
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

  #readInner(line: Line, bar: Bar, label: Label, metrics: Metrics): Observation {
    if (label.rank === 0 || label.rank < this.#best) {
      return nothingNew;
    }
    this.#best = label.rank;
    const { epoch, total } = label;
    const numbered = epoch
      ? this.#numbering.number(line.value(epoch), total && line.value(total))
      : this.#aroundOuter();
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

/** What a label says about its bar, and what is measured behind it. */
interface Label {
  readonly epoch: Place | undefined;
  readonly total: Place | undefined;
  readonly evaluates: boolean;
  readonly countsEpochs: boolean;
  readonly rank: number;
  readonly pairs: readonly NamedPlace[];
}

function labelOfBar(text: string, layout: LineLayout): Label | undefined {
  const { bar } = layout;
  if (!bar) {
    return undefined;
  }
  const { label, labelStart } = bar;
  const match = epochOf.exec(label) ?? shortEpoch.exec(label) ?? torchtune.exec(label);
  const [epoch, total] = [groupSpan(match, 1), groupSpan(match, 2)];
  const pairs = [...measuresOfLabel(text, layout, bar), ...pairPlaces(text, layout, bar.postfix)];
  return {
    epoch: epoch && layout.number(shifted(epoch, labelStart)),
    total: total && layout.number(shifted(total, labelStart)),
    evaluates: evaluates.test(label),
    countsEpochs: countsEpochs.test(label),
    rank: epoch ? certainty.named : rankOf(label, pairs.length > 0),
    pairs,
  };
}

/** `Epoch 3 loss: 0.512: 40%|…`: descriptions are rewritten with what is measured, too. */
function measuresOfLabel(text: string, layout: LineLayout, bar: BarText): readonly NamedPlace[] {
  const span = { start: bar.labelStart, end: bar.labelStart + bar.label.length };
  return pairPlaces(text, layout, span).filter(({ name }) => isMeasure(name));
}

function rankOf(label: string, isMeasured: boolean): number {
  if (prepares.test(label)) {
    return 0;
  }
  if (trains.test(label)) {
    return certainty.named;
  }
  if (isMeasured) {
    return certainty.measured;
  }
  return label === '' ? certainty.bare : 0;
}
