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

/** What became of the metrics of a job so far. Costs no more memory however long the training is. */
export class MetricSummaries {
  readonly #metrics = new Map<string, MetricSummary>();

  /** In the order in which metrics first appeared. */
  get all(): readonly MetricSummary[] {
    return [...this.#metrics.values()];
  }

  /** Takes points that follow those before. */
  add(metrics: readonly MetricColumns[]): void {
    for (const columns of metrics) {
      const { name, value } = columns;
      const known = this.#metrics.get(name) ?? unseen(name);
      const index = bestIndex(columns, known);
      this.#metrics.set(name, {
        ...known,
        last: value.at(-1) ?? known.last,
        ...(index >= 0 && { best: value[index] ?? NaN, bestAt: positionOf(columns, index) }),
      });
    }
  }
}

function unseen(name: string): MetricSummary {
  return { name, better: describeMetric(name).better, last: NaN, best: null, bestAt: null };
}

/** Of the first value that nothing before or behind it is better than; -1 when what was known stays the best. */
function bestIndex({ value }: MetricColumns, { better, best }: MetricSummary): number {
  if (better === null) return -1;
  let index = -1;
  let champion = best;
  value.forEach((candidate, at) => {
    if (!Number.isFinite(candidate)) return;
    if (champion !== null && (better === 'lower' ? candidate >= champion : candidate <= champion)) return;
    champion = candidate;
    index = at;
  });
  return index;
}

function positionOf({ epoch, step }: MetricColumns, index: number): MetricSummary['bestAt'] {
  const itsEpoch = epoch[index] ?? NaN;
  if (!Number.isNaN(itsEpoch)) return { unit: 'epoch', position: itsEpoch };
  const itsStep = step[index] ?? NaN;
  return Number.isNaN(itsStep) ? null : { unit: 'step', position: itsStep };
}
