import { createReadStream } from 'node:fs';
import { hasCode } from '../errors.js';
import { ProgressReader, type ProgressPoint, type ProgressSummary } from '../recipes/progress/index.js';
import type { TrainingEnd } from './job.js';

export interface LogReading {
  readonly points: readonly ProgressPoint[];
  readonly summary: ProgressSummary;
  /** Paths the training declared as results. */
  readonly results: readonly string[];
  /** How many texts and images of the model it showed. */
  readonly modelSamples: number;
}

/** Reads a whole mirrored log. A log that is not there yet reads as empty. */
export async function readLog(
  path: string,
  recipe: string,
  training: TrainingEnd | null,
  signal: AbortSignal,
): Promise<LogReading> {
  const reader = new ProgressReader({ recipe });
  const points: ProgressPoint[] = [];
  let modelSamples = 0;
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20, signal })) {
      points.push(...reader.push(chunk as Uint8Array));
      modelSamples += reader.takeModelSamples().length;
    }
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
  const end = reader.end(training ? { code: training.exitCode, signal: training.signal } : undefined);
  points.push(...end.points);
  modelSamples += reader.takeModelSamples().length;
  return { points, summary: end.summary, results: reader.results, modelSamples };
}
