import type { MetricColumns } from '../protocol.js';

/** The part of a point the panel draws. Epochs count from 1. */
export interface MetricPoint {
  readonly epoch: number | null;
  readonly step: number | null;
  /** Seconds since the training began, where that is known. */
  readonly seconds?: number | null;
  readonly metrics: Readonly<Record<string, number>>;
}

/** Turns points into columns by metric, in the order in which metrics first appear. */
export function toMetricColumns(points: Iterable<MetricPoint>): MetricColumns[] {
  const rows = new Map<string, { step: number[]; epoch: number[]; time: number[]; value: number[] }>();
  for (const point of points) {
    for (const [name, value] of Object.entries(point.metrics)) {
      let row = rows.get(name);
      if (!row) rows.set(name, (row = { step: [], epoch: [], time: [], value: [] }));
      row.step.push(point.step ?? NaN);
      row.epoch.push(point.epoch ?? NaN);
      row.time.push(point.seconds ?? NaN);
      row.value.push(value);
    }
  }
  return [...rows].map(([name, { step, epoch, time, value }]) => ({
    name,
    step: known(step),
    epoch: known(epoch),
    time: known(time),
    value: Float64Array.from(value),
  }));
}

/** Joins batches of points into one, the later behind the earlier. */
export function joinMetricColumns(batches: readonly (readonly MetricColumns[])[]): MetricColumns[] {
  const parts = new Map<string, MetricColumns[]>();
  for (const columns of batches.flat()) {
    const sofar = parts.get(columns.name);
    if (sofar) sofar.push(columns);
    else parts.set(columns.name, [columns]);
  }
  return [...parts].map(([name, columns]) => ({
    name,
    step: concatenate(columns, 'step'),
    epoch: concatenate(columns, 'epoch'),
    time: concatenate(columns, 'time'),
    value: concatenate(columns, 'value'),
  }));
}

/** Empty when nothing is known. */
function known(column: readonly number[]): Float64Array {
  return column.every(Number.isNaN) ? new Float64Array() : Float64Array.from(column);
}

function concatenate(
  columns: readonly MetricColumns[],
  which: 'step' | 'epoch' | 'time' | 'value',
): Float64Array {
  if (columns.every((part) => part[which].length === 0)) return new Float64Array();
  const length = columns.reduce((sum, { value }) => sum + value.length, 0);
  const joined = new Float64Array(length).fill(NaN);
  let offset = 0;
  for (const part of columns) {
    joined.set(part[which], offset);
    offset += part.value.length;
  }
  return joined;
}
