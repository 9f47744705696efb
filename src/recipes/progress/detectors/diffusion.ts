import type { Detector, Line, Observation, RunView } from '../observation.js';
import { findMetrics } from '../pairs.js';

const aiToolkitPostfix = /^lr: \S{1,20},? {1,2}[\w/]*loss[\w/]*: /;
const epochLine = /^\s{0,4}epoch (\d{1,6})\/(\d{1,6})\s{0,4}$/;

/** kohya's sd-scripts and musubi, diffusers' examples (`steps: …`) and ostris's ai-toolkit: one bar for the run. */
export class DiffusionDetector implements Detector {
  readonly #run: RunView;

  constructor(run: RunView) {
    this.#run = run;
  }

  read({ text, bar }: Line): Observation | undefined {
    if (bar?.countsIterations) {
      const framework = /^(?:.{0,400}\s)?steps$/i.test(bar.label)
        ? 'kohya'
        : aiToolkitPostfix.test(bar.postfix)
          ? 'ai-toolkit'
          : undefined;
      return (
        framework && {
          framework,
          step: bar.count,
          totalSteps: bar.total,
          scope: 'run',
          metrics: findMetrics(bar.postfix),
          ...(bar.remainingSeconds !== undefined && { etaSeconds: bar.remainingSeconds }),
          ...this.#beforeFirstStep(bar.count),
        }
      );
    }
    return this.#readEpoch(text);
  }

  /** The epochs are known before the first of them begins. */
  #beforeFirstStep(step: number): Observation {
    return step === 0 && this.#run.epoch === null && this.#run.totalEpochs !== null ? { epoch: 0 } : {};
  }

  #readEpoch(text: string): Observation | undefined {
    const match = text.includes('poch ') && this.#run.framework === 'kohya' ? epochLine.exec(text) : null;
    return match ? { epoch: Number(match[1]), totalEpochs: Number(match[2]) } : undefined;
  }
}
