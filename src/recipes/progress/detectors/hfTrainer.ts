import type { Bar } from '../bar.js';
import type { EpochNumbering } from '../epochNumbering.js';
import type { Line } from '../line.js';
import type { LineLayout } from '../lineLayout.js';
import type { Detector, Observation, RunView } from '../observation.js';
import { nothingNew } from '../observation.js';
import { DictLineDetector } from './dictLine.js';

/**
 * Hugging Face's Trainer and what is built on it (TRL, unsloth, axolotl, ms-swift, LLaMA-Factory):
 * dicts of metrics, and one bar over the whole run. A bar of another length is an evaluation.
 */
export class HfTrainerDetector implements Detector {
  readonly #run: RunView;
  readonly #dicts: DictLineDetector;
  #epochIsPrinted = false;
  /** A loss was printed while the bar moved, so its length is the training's. */
  #totalIsCertain = false;
  #hasEnded = false;
  /** A bar of another length after the end: another training, should a loss follow. */
  #nextBar: Bar | undefined;

  constructor(run: RunView, numbering: EpochNumbering) {
    this.#run = run;
    this.#dicts = new DictLineDetector(run, numbering);
  }

  read(line: Line): Observation | undefined {
    const { bar } = line;
    if (bar) {
      return this.#run.framework === 'hf-trainer' ? this.#readBar(line, bar) : undefined;
    }
    const observation = this.#dicts.read(line);
    return observation?.phase === 'train' ? this.#noteTraining(observation) : observation;
  }

  #noteTraining(observation: Observation): Observation {
    this.#epochIsPrinted ||= observation.epoch !== undefined;
    if (observation.finished) {
      this.#hasEnded = true;
      return observation;
    }
    this.#totalIsCertain ||= this.#run.totalSteps !== null && this.#run.step !== this.#run.totalSteps;
    const next = this.#hasEnded ? this.#nextBar : undefined;
    if (!next) {
      return observation;
    }
    this.#hasEnded = false;
    this.#nextBar = undefined;
    return { ...observation, step: next.count, totalSteps: next.total, scope: 'run', restart: true };
  }

  #readBar(line: Line, bar: Bar): Observation {
    if (!bar.countsIterations || !line.find(isLabelOfTraining)) {
      return nothingNew;
    }
    if (!this.#isTraining(bar)) {
      this.#nextBar = bar;
      return nothingNew;
    }
    return {
      step: bar.count,
      totalSteps: bar.total,
      scope: 'run',
      etaSeconds: bar.remainingSeconds,
      epoch: this.#epochOf(bar),
    };
  }

  #isTraining(bar: Bar): boolean {
    const { totalSteps, step } = this.#run;
    const isStale = !this.#totalIsCertain && !this.#hasEnded && step === totalSteps;
    return totalSteps === null || bar.total === totalSteps || isStale;
  }

  /** Until a dict says it, the epoch follows from the share of the run. */
  #epochOf(bar: Bar): number | undefined {
    const { totalEpochs } = this.#run;
    if (this.#epochIsPrinted || totalEpochs === null || bar.total === null || bar.total === 0) {
      return undefined;
    }
    return Math.round((bar.count / bar.total) * totalEpochs * 100) / 100;
  }
}

function isLabelOfTraining(_text: string, { bar }: LineLayout): boolean {
  return /^(?:train(?:ing)?)?$/i.test(bar?.label ?? '');
}
