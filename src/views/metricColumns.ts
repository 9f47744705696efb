import type { MetricColumns } from '../protocol.js';

/** The part of a point the panel draws. Epochs count from 1. */
export interface MetricPoint {
  readonly epoch: number | null;
  readonly step: number | null;
  readonly metrics: Readonly<Record<string, number>>;
}

/** Turns points into columns by metric, in the order in which metrics first appear. */
export function toMetricColumns(points: Iterable<MetricPoint>): MetricColumns[] {
  const rows = new Map<string, { step: number[]; epoch: number[]; value: number[] }>();
  for (const point of points) {
    for (const [name, value] of Object.entries(point.metrics)) {
      let row = rows.get(name);
      if (!row) rows.set(name, (row = { step: [], epoch: [], value: [] }));
      row.step.push(point.step ?? NaN);
      row.epoch.push(point.epoch ?? NaN);
      row.value.push(value);
    }
  }
  return [...rows].map(([name, { step, epoch, value }]) => ({
    name,
    step: Float64Array.from(step),
    epoch: Float64Array.from(epoch),
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
    step: concatenate(columns.map((part) => part.step)),
    epoch: concatenate(columns.map((part) => part.epoch)),
    value: concatenate(columns.map((part) => part.value)),
  }));
}

function concatenate(arrays: readonly Float64Array[]): Float64Array {
  const joined = new Float64Array(arrays.reduce((length, array) => length + array.length, 0));
  let offset = 0;
  for (const array of arrays) {
    joined.set(array, offset);
    offset += array.length;
  }
  return joined;
}
