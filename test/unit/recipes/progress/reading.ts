import {
  ProgressReader,
  toJson,
  type ProgressPoint,
  type ProgressSummary,
  type TrainingExit,
} from '../../../../src/recipes/progress/index.js';

/** Everything that a whole output gave. */
export interface Reading {
  readonly points: readonly ProgressPoint[];
  readonly summary: ProgressSummary;
  readonly last: ProgressPoint | undefined;
}

/** Reads a whole output, cut into pieces of `chunkBytes` if given. */
export function read(output: string | Uint8Array, exit?: TrainingExit, chunkBytes = Infinity): Reading {
  const reader = new ProgressReader();
  const bytes = typeof output === 'string' ? Buffer.from(output) : output;
  const points: ProgressPoint[] = [];
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    points.push(...reader.push(bytes.subarray(at, at + chunkBytes)));
  }
  const end = reader.end(exit);
  points.push(...end.points);
  return { points, summary: end.summary, last: points.at(-1) };
}

/** `epoch/total step/total` of a point, as a person would write it: `2/5 10/47`, with `-` for what is unknown. */
export function placeOf(point: ProgressPoint | undefined): string {
  const { epoch, totalEpochs, step, totalSteps } = point ?? {
    epoch: null,
    totalEpochs: null,
    step: null,
    totalSteps: null,
  };
  return `${epoch ?? '-'}/${totalEpochs ?? '-'} ${step ?? '-'}/${totalSteps ?? '-'}`;
}

/** The metrics of a point as `parse --json` prints them. */
export function metricsOf(point: ProgressPoint | undefined): Readonly<Record<string, number | string>> {
  return point ? toJson(point).metrics : {};
}
