import { plainTexts } from './ansi.js';
import { createDetectors } from './detectors/index.js';
import type { ProtocolMessage } from './detectors/jsonLines.js';
import { failureOfExit, type Failure } from './failures.js';
import { FailureWatch } from './failureWatch.js';
import { Line } from './line.js';
import { LineLayout } from './lineLayout.js';
import { LineReader } from './lineReader.js';
import type { ModelSample } from './modelSample.js';
import { nothingNew, type Framework, type Observation } from './observation.js';
import { newMetrics, type Metrics, type ProgressPoint } from './point.js';
import { PointAssembler } from './pointAssembler.js';
import { RunState } from './runState.js';
import { SegmentSplitter } from './segments.js';

/** Where the run is now. What nobody said yet is null. */
export interface ProgressState {
  readonly framework: Framework | null;
  readonly epoch: number | null;
  readonly totalEpochs: number | null;
  readonly step: number | null;
  readonly totalSteps: number | null;
  /** 0..1 of the whole run. */
  readonly progress: number | null;
  /** The newest value of each metric of the training. */
  readonly metrics: Readonly<Metrics>;
  readonly validationMetrics: Readonly<Metrics>;
  readonly etaSeconds: number | null;
  readonly phase: 'starting' | 'training' | 'finished';
  readonly saveDir: string | null;
  readonly checkpoint: string | null;
  /** The line being written: a bar, mostly. */
  readonly live: string;
}

/** How the training ended, as far as its output and exit tell. */
export interface ProgressSummary {
  readonly framework: Framework | null;
  /** The training itself reached its end; what came after it may still have failed. */
  readonly finished: boolean;
  readonly error: Failure | null;
  readonly warnings: readonly string[];
  /** How many points the whole stream gave. */
  readonly points: number;
  readonly state: ProgressState;
}

/** How the process ended; absent when only its output is known. */
export interface TrainingExit {
  readonly code: number | null;
  readonly signal?: string | null;
}

/** No bar is longer. */
const maxLiveLength = 8192;
/** Samples that nobody has taken: the oldest go first. */
const mostModelSamples = 1_000;

const frameworkOfRecipe: Readonly<Record<string, Framework>> = {
  yolo: 'ultralytics',
  sklearn: 'sklearn',
  xgboost: 'xgboost',
  lightgbm: 'lightgbm',
  llm: 'hf-trainer',
  'flux-lora': 'ai-toolkit',
};

/**
 * The output of a training, as bytes, → points. Any chunking gives the same points; nothing it can be given
 * makes it throw; memory does not grow with the stream.
 */
export class ProgressReader {
  readonly #run: RunState;
  readonly #failures = new FailureWatch();
  readonly #lines: LineReader;
  readonly #segments = new SegmentSplitter((segment, line) => this.#lines.read(segment, line));
  readonly #points = new PointAssembler();
  readonly #results: string[] = [];
  #modelSamples: ModelSample[] = [];
  #count = 0;
  #last: ProgressPoint | undefined;

  /** `recipe`: the recipe that runs, as a hint of whose output this is. */
  constructor(options: { readonly recipe?: string } = {}) {
    this.#run = new RunState(frameworkOfRecipe[options.recipe ?? ''] ?? null);
    this.#lines = new LineReader(createDetectors(this.#run), this.#failures, {
      observed: (observation, line) => this.#observe(observation, line),
      told: (message, line) => this.#readMessage(message, line),
    });
  }

  /** The models that the program named with `{"type":"model","path":…}`, in order. */
  get results(): readonly string[] {
    return this.#results;
  }

  /** What the model made since the last call, in order: texts and images that the program showed. */
  takeModelSamples(): readonly ModelSample[] {
    const samples = this.#modelSamples;
    this.#modelSamples = [];
    return samples;
  }

  get state(): ProgressState {
    const run = this.#run;
    return {
      framework: run.framework,
      epoch: run.epoch,
      totalEpochs: run.totalEpochs,
      step: this.#liveStep() ?? run.step,
      totalSteps: run.totalSteps,
      progress: run.progress,
      metrics: run.metrics,
      validationMetrics: run.validationMetrics,
      etaSeconds: run.etaSeconds,
      phase: run.finished ? 'finished' : run.epoch === null && run.step === null ? 'starting' : 'training',
      saveDir: run.saveDir,
      checkpoint: run.checkpoint,
      live: plainTexts(this.#segments.live).at(-1) ?? '',
    };
  }

  /** The points that these bytes completed. */
  push(bytes: Uint8Array): readonly ProgressPoint[] {
    this.#segments.push(bytes);
    this.#points.flushBefore(this.#segments.line);
    return this.#take();
  }

  /** The points that were still open, and what became of the training. Call once. */
  end(exit?: TrainingExit): { readonly points: readonly ProgressPoint[]; readonly summary: ProgressSummary } {
    this.#segments.end();
    this.#points.flush();
    const points = this.#take();
    const closing = this.#closingPoint();
    this.#count += closing.length;
    return { points: [...points, ...closing], summary: this.#summary(exit) };
  }

  #readMessage(message: ProtocolMessage, line: number): void {
    switch (message.type) {
      case 'checkpoint':
        this.#observe({ framework: 'trainyard', checkpoint: message.path, kind: 'silent' }, line);
        break;
      case 'model':
        this.#results.push(message.path);
        break;
      case 'error':
        this.#failures.reported(message.message);
        break;
      case 'sample':
        this.#keepModelSample(message.sample);
        break;
      case 'other':
        break;
    }
  }

  /** A sample that does not say when it was made was made now. */
  #keepModelSample(sample: ModelSample): void {
    const isPlaced = sample.step !== null || sample.epoch !== null;
    const { step, epoch } = this.#run;
    this.#modelSamples.push(isPlaced ? sample : { ...sample, step, epoch });
    if (this.#modelSamples.length > mostModelSamples) this.#modelSamples.shift();
  }

  #observe(observation: Observation, line: number): void {
    if (observation.framework === 'trainyard' && observation.kind === undefined) {
      this.#lines.listenToProtocolOnly();
    }
    const { framework, isProven } = this.#run;
    this.#run.apply(observation);
    const isRemark = observation.kind === 'silent' && observation !== nothingNew;
    if (isRemark || framework !== this.#run.framework || isProven !== this.#run.isProven) {
      this.#lines.forget();
    }
    this.#failures.progressed(observation);
    if (observation.kind !== 'silent') {
      this.#points.add(this.#pointOf(observation, line), observation.epoch !== undefined);
    }
  }

  #pointOf(observation: Observation, line: number): ProgressPoint {
    const { epoch, totalEpochs, step, totalSteps, progress } = this.#run;
    const isAside = observation.kind === 'aside';
    return {
      line,
      epoch: isAside ? (observation.epoch ?? epoch) : epoch,
      totalEpochs,
      step: isAside ? (observation.step ?? step) : step,
      totalSteps: isAside ? (observation.totalSteps ?? totalSteps) : totalSteps,
      progress,
      metrics: observation.metrics ?? newMetrics(),
      phase: observation.phase ?? 'train',
    };
  }

  #take(): readonly ProgressPoint[] {
    const points = this.#points.take();
    this.#count += points.length;
    this.#last = points.at(-1) ?? this.#last;
    return points;
  }

  /** The run may have moved without a measure after the last point. */
  #closingPoint(): readonly ProgressPoint[] {
    const point = this.#pointOf({}, this.#segments.line);
    return isSomewhere(point) && !(this.#last && isSamePlace(this.#last, point)) ? [point] : [];
  }

  #summary(exit: TrainingExit | undefined): ProgressSummary {
    const error = this.#errorOf(exit);
    const finished = this.#run.finished || exit?.code === 0 || this.#reachedTotals();
    const spoiled = this.#failures.spoiledLoss;
    const warnings =
      spoiled && error !== spoiled ? [...this.#failures.warnings, spoiled.message] : this.#failures.warnings;
    return {
      framework: this.#run.framework,
      finished,
      error,
      warnings,
      points: this.#count,
      state: this.state,
    };
  }

  /** The exit code decides; the text only explains. */
  #errorOf(exit: TrainingExit | undefined): Failure | null {
    if (exit?.code === 0) {
      return null;
    }
    if (!exit) {
      return this.#failures.failure ?? this.#failures.spoiledLoss ?? null;
    }
    return this.#failures.lastFailure ?? failureOfExit(exit.code, exit.signal ?? null) ?? null;
  }

  #reachedTotals(): boolean {
    const { epoch, totalEpochs, step, totalSteps } = this.#run;
    const stepsAreDone = totalSteps !== null && step !== null && step >= totalSteps;
    if (epoch === null) {
      return stepsAreDone;
    }
    return totalEpochs !== null && epoch >= totalEpochs && (totalSteps === null || stepsAreDone);
  }

  /** A slow bar shows its step long before the next state ends it. */
  #liveStep(): number | undefined {
    const live = this.#segments.live;
    const text = live.length < maxLiveLength ? (plainTexts(live).at(-1) ?? '') : '';
    const bar = text === '' ? undefined : Line.ofText(text, 0, new LineLayout(text)).bar;
    const { step, totalSteps } = this.#run;
    return bar && totalSteps !== null && bar.total === totalSteps && bar.count > (step ?? 0)
      ? bar.count
      : undefined;
  }
}

function isSomewhere({ epoch, totalEpochs, step, totalSteps }: ProgressPoint): boolean {
  return epoch !== null || totalEpochs !== null || step !== null || totalSteps !== null;
}

function isSamePlace(a: ProgressPoint, b: ProgressPoint): boolean {
  return (
    a.epoch === b.epoch &&
    a.totalEpochs === b.totalEpochs &&
    a.step === b.step &&
    a.totalSteps === b.totalSteps
  );
}
