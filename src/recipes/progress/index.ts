export { ProgressReader, type ProgressState, type ProgressSummary, type TrainingExit } from './reader.js';
export { failingLines, type FailingLine } from './failingLines.js';
export { failureOfExit, type Failure } from './failures.js';
export { readModelSampleLine } from './detectors/jsonLines.js';
export type { ModelSample } from './modelSample.js';
export type { Framework } from './observation.js';
export type { Metrics, PointPhase, ProgressPoint } from './point.js';
export { jsonNumber, toJson, type JsonNumber, type PointJson } from './toJson.js';
