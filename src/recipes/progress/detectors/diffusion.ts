import type { Line } from '../line.js';
import type { LineLayout } from '../lineLayout.js';
import type { Detector, Framework, Observation, RunView } from '../observation.js';
import { pairPlaces, type NamedPlace } from '../pairs.js';

const aiToolkitPostfix = /^lr: \S{1,20},? {1,2}[\w/]*loss[\w/]*: /;
const epochLine = /^\s{0,4}epoch (\d{1,6})\/(\d{1,6})\s{0,4}$/;

/** kohya's sd-scripts and musubi, diffusers' examples (`steps: …`) and ostris's ai-toolkit: one bar for the run. */
export class DiffusionDetector implements Detector {
  readonly #run: RunView;

  constructor(run: RunView) {
    this.#run = run;
  }

  read(line: Line): Observation | undefined {
    const { bar } = line;
    if (!bar?.countsIterations) {
      return this.#readEpoch(line.text);
    }
    const layout = line.find(barOfRun);
    return (
      layout && {
        framework: layout.framework,
        epoch: this.#beforeFirstStep(bar.count),
        step: bar.count,
        totalSteps: bar.total,
        scope: 'run',
        metrics: line.metrics(layout.pairs),
        etaSeconds: bar.remainingSeconds,
      }
    );
  }

  /** The epochs are known before the first of them begins. */
  #beforeFirstStep(step: number): number | undefined {
    return step === 0 && this.#run.epoch === null && this.#run.totalEpochs !== null ? 0 : undefined;
  }

  #readEpoch(text: string): Observation | undefined {
    const match = text.includes('poch ') && this.#run.framework === 'kohya' ? epochLine.exec(text) : null;
    return match ? { epoch: Number(match[1]), totalEpochs: Number(match[2]) } : undefined;
  }
}

interface BarOfRun {
  readonly framework: Framework;
  readonly pairs: readonly NamedPlace[];
}

function barOfRun(text: string, layout: LineLayout): BarOfRun | undefined {
  const { bar } = layout;
  const framework = bar && frameworkOf(bar.label, text.slice(bar.postfix.start, bar.postfix.end).trim());
  return framework && { framework, pairs: pairPlaces(text, layout, bar.postfix) };
}

function frameworkOf(label: string, postfix: string): Framework | undefined {
  if (/^(?:.{0,400}\s)?steps$/i.test(label)) {
    return 'kohya';
  }
  return aiToolkitPostfix.test(postfix) ? 'ai-toolkit' : undefined;
}
