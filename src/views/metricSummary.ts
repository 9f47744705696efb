import { describeMetric, type MetricKind } from '../metricKind.js';
import type { MetricColumns } from '../protocol.js';

/** What became of one metric. */
export interface MetricSummary {
  readonly name: string;
  readonly better: MetricKind['better'];
  readonly last: number;
  /** `null` when neither direction is better or no value is a finite number. */
  readonly best: number | null;
  /** The epoch of the best value, else its step; `null` when neither is known. */
  readonly bestAt: { readonly unit: 'epoch' | 'step'; readonly position: number } | null;
}

export function summarizeMetric({ name, step, epoch, value }: MetricColumns): MetricSummary {
  const { better } = describeMetric(name);
  const index = better === null ? -1 : indexOfBest(value, better);
  return {
    name,
    better,
    last: value.at(-1) ?? NaN,
    best: index < 0 ? null : (value[index] ?? null),
    bestAt: index < 0 ? null : positionOf(epoch[index] ?? NaN, step[index] ?? NaN),
  };
}

function indexOfBest(values: Float64Array, better: 'lower' | 'higher'): number {
  let best = -1;
  values.forEach((value, index) => {
    if (!Number.isFinite(value)) return;
    const former = best < 0 ? NaN : (values[best] ?? NaN);
    if (best < 0 || (better === 'lower' ? value < former : value > former)) best = index;
  });
  return best;
}

function positionOf(epoch: number, step: number): MetricSummary['bestAt'] {
  if (!Number.isNaN(epoch)) return { unit: 'epoch', position: epoch };
  return Number.isNaN(step) ? null : { unit: 'step', position: step };
}
