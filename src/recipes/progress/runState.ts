import type { Framework, Observation, RunView, StepScope } from './observation.js';
import { isEmpty } from './pairs.js';
import { newMetrics, type Metrics } from './point.js';

/** Progress stays below this until the training says that it is done. */
const almostDone = 0.99;

/**
 * What is known of the run, merged from observations. Nothing is ever cleared by silence.
 * Counters go back only when another training begins (a fold, a resume, a second fit).
 */
export class RunState implements RunView {
  framework: Framework | null;
  isProven = false;
  epoch: number | null = null;
  totalEpochs: number | null = null;
  step: number | null = null;
  totalSteps: number | null = null;
  scope: StepScope | null = null;
  progress: number | null = null;
  etaSeconds: number | null = null;
  saveDir: string | null = null;
  checkpoint: string | null = null;
  finished = false;
  /** The newest value of every metric seen, of training and validation apart. */
  readonly metrics: Metrics = newMetrics();
  readonly validationMetrics: Metrics = newMetrics();
  /** The last line told of a finished epoch, not of one that begins. */
  #epochIsOver = false;
  #saysProgress = false;

  /** `framework`: what the recipe makes us expect; a guess. */
  constructor(framework: Framework | null) {
    this.framework = framework;
  }

  apply(observation: Observation): void {
    this.#recognise(observation);
    this.#noteMetrics(observation);
    if (observation.kind === 'aside') {
      return;
    }
    if (observation.restart || this.#goesBack(observation)) {
      this.#restart();
    }
    this.#move(observation);
    this.#notePlaces(observation);
    this.finished ||= observation.finished ?? false;
    this.progress = this.#computeProgress(observation);
  }

  #recognise({ framework, guess }: Observation): void {
    if (framework && !this.isProven) {
      this.framework = framework;
      this.isProven = framework !== 'trainyard';
    } else if (guess && !this.isProven && (this.framework === null || this.framework === 'pytorch')) {
      this.framework = guess;
    }
  }

  #noteMetrics({ metrics, phase }: Observation): void {
    if (metrics) {
      const newest = phase === 'validation' ? this.validationMetrics : this.metrics;
      for (const name in metrics) {
        newest[name] = metrics[name] ?? NaN;
      }
    }
  }

  #goesBack({ epoch, step, totalSteps }: Observation): boolean {
    if (epoch !== undefined && this.epoch !== null && epoch !== this.epoch) {
      return epoch < this.epoch;
    }
    const sameScope = this.scope !== 'epoch' && (totalSteps === undefined || totalSteps === this.totalSteps);
    return sameScope && step !== undefined && this.step !== null && step < this.step;
  }

  #restart(): void {
    this.progress = null;
    this.finished = false;
    this.#saysProgress = false;
  }

  #move({ epoch, totalEpochs, step, totalSteps, scope, metrics, phase }: Observation): void {
    const begins = epoch !== undefined && this.epoch !== null && epoch > this.epoch;
    if (begins && step === undefined && this.scope === 'epoch' && (!metrics || isEmpty(metrics))) {
      this.step = null;
    }
    this.epoch = epoch ?? this.epoch;
    this.totalEpochs = totalEpochs ?? this.totalEpochs;
    if (
      step !== undefined &&
      totalSteps === undefined &&
      this.totalSteps !== null &&
      step > this.totalSteps
    ) {
      this.totalSteps = null;
    }
    this.step = step ?? this.step;
    this.totalSteps = totalSteps === undefined ? this.totalSteps : totalSteps;
    this.scope = scope ?? this.scope;
    if (epoch !== undefined || phase === 'validation') {
      this.#epochIsOver = metrics !== undefined && !isEmpty(metrics);
    }
  }

  #notePlaces({ saveDir, checkpoint, etaSeconds }: Observation): void {
    this.saveDir = saveDir ?? this.saveDir;
    this.checkpoint = checkpoint ?? this.checkpoint;
    this.etaSeconds = etaSeconds ?? this.etaSeconds;
  }

  #computeProgress({ progress }: Observation): number | null {
    if (this.finished) {
      return 1;
    }
    this.#saysProgress ||= progress !== undefined;
    const share = progress ?? (this.#saysProgress ? this.progress : this.#shareDone());
    if (share === null || Number.isNaN(share)) {
      return this.progress;
    }
    const capped = Math.min(Math.max(share, 0), almostDone);
    return Math.max(capped, this.progress ?? 0);
  }

  #shareDone(): number | null {
    const steps = this.step !== null && this.totalSteps ? this.step / this.totalSteps : null;
    if (this.scope === 'run' && steps !== null) {
      return steps;
    }
    if (this.epoch !== null && this.totalEpochs) {
      return this.#finishedEpochs(this.epoch, steps) / this.totalEpochs;
    }
    return this.epoch === null ? steps : null;
  }

  #finishedEpochs(epoch: number, steps: number | null): number {
    if (!Number.isInteger(epoch) || epoch === 0 || this.framework === 'hf-trainer') {
      return epoch;
    }
    return steps === null ? epoch - (this.#epochIsOver ? 0 : 1) : epoch - 1 + Math.min(steps, 1);
  }
}
