import type { ProgressPoint } from './point.js';

/** A metric as JSON can say it: `"nan"`, `"inf"` and `"-inf"` stand for what JSON has no number for. */
export type JsonNumber = number | 'nan' | 'inf' | '-inf';

/** One line of `parse --json`. */
export interface PointJson {
  readonly event: 'point';
  readonly line: number;
  readonly epoch: number | null;
  readonly totalEpochs: number | null;
  readonly step: number | null;
  readonly totalSteps: number | null;
  readonly progress: number | null;
  readonly metrics: Readonly<Record<string, JsonNumber>>;
}

export function toJson({
  line,
  epoch,
  totalEpochs,
  step,
  totalSteps,
  progress,
  metrics,
}: ProgressPoint): PointJson {
  const entries = Object.entries(metrics).map(([name, value]) => [name, jsonNumber(value)] as const);
  return {
    event: 'point',
    line,
    epoch,
    totalEpochs,
    step,
    totalSteps,
    progress,
    metrics: Object.fromEntries(entries),
  };
}

export function jsonNumber(value: number): JsonNumber {
  if (Number.isFinite(value)) {
    return value;
  }
  return Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf';
}
