import type { Line } from './line.js';
import type { Metrics, PointPhase } from './point.js';

/** Who printed it. `trainyard` is our own JSON lines, `pytorch` a hand-written loop of any library. */
export type Framework =
  | 'ai-toolkit'
  | 'detectron2'
  | 'fastai'
  | 'hf-trainer'
  | 'keras'
  | 'kohya'
  | 'lightgbm'
  | 'lightning'
  | 'megatron'
  | 'mmdet'
  | 'pytorch'
  | 'rf-detr'
  | 'sklearn'
  | 'timm'
  | 'trainyard'
  | 'ultralytics'
  | 'xgboost'
  | 'yolov5'
  | 'yolox';

/** Whether steps count inside an epoch or over the whole run. */
export type StepScope = 'epoch' | 'run';

/** What a detector read in a line. What is absent is unchanged. */
export interface Observation {
  /** Named only when the line proves it. */
  readonly framework?: Framework | undefined;
  /** What it looks like, until a line proves it or something else. */
  readonly guess?: Framework | undefined;
  readonly epoch?: number | undefined;
  readonly totalEpochs?: number | undefined;
  readonly step?: number | undefined;
  readonly totalSteps?: number | null | undefined;
  readonly scope?: StepScope | undefined;
  /** Of the whole run, 0..1, when the program says it itself. */
  readonly progress?: number | undefined;
  readonly metrics?: Metrics | undefined;
  readonly phase?: PointPhase | undefined;
  readonly etaSeconds?: number | undefined;
  readonly saveDir?: string | undefined;
  readonly checkpoint?: string | undefined;
  readonly finished?: true | undefined;
  /** `aside`: a point of its own that does not move the run. `silent`: moves the run without a point. */
  readonly kind?: 'aside' | 'silent' | undefined;
  /** Another training begins: counters may go back. */
  readonly restart?: true | undefined;
}

/** The line belongs to the framework and says nothing about progress: nobody else need look at it. */
export const nothingNew: Observation = { kind: 'silent' };

/** What a detector may ask about the run so far. */
export interface RunView {
  /** Proven, or guessed from weaker signs. */
  readonly framework: Framework | null;
  readonly isProven: boolean;
  readonly epoch: number | null;
  readonly totalEpochs: number | null;
  readonly step: number | null;
  readonly totalSteps: number | null;
}

/** Reads the lines of one family of frameworks. Keeps what it needs between lines; never throws. */
export interface Detector {
  read(line: Line): Observation | undefined;
}
