import { formatNumber } from '../format.js';
import type { GallerySample } from '../jobs/sampleGallery.js';
import type { MetricColumns, PanelModelSample, SystemSample } from '../protocol.js';
import type { ProgressPoint } from '../recipes/progress/index.js';
import type { Sample } from '../remote/sample.js';
import { toMetricColumns, type MetricPoint } from './metricColumns.js';

/** Names that say already on which part of the data they were measured. */
const namesItsPhase = /(^|[^a-z])(val|valid|validation|eval|evaluation|dev|test)([^a-z]|$)/i;

/** Points as the panel's columns. A validation metric of the same name as a training metric stays apart from it. */
export function toColumns(
  points: readonly (ProgressPoint & Pick<MetricPoint, 'seconds'>)[],
): MetricColumns[] {
  return toMetricColumns(points.map(withPhase));
}

function withPhase(point: ProgressPoint & Pick<MetricPoint, 'seconds'>): MetricPoint {
  if (point.phase === 'train') return point;
  const named = Object.entries(point.metrics).map(
    ([name, value]) => [namesItsPhase.test(name) ? name : `val/${name}`, value] as const,
  );
  return { ...point, metrics: Object.fromEntries(named) };
}

export function toSystemSample(sample: Sample): SystemSample {
  const { cpuPercent, memoryUsedBytes, memoryTotalBytes, diskFreeBytes, diskTotalBytes, gpus } = sample;
  return { cpuPercent, memoryUsedBytes, memoryTotalBytes, diskFreeBytes, diskTotalBytes, gpus };
}

/** NaN and infinities would not survive the way to the panel as numbers. */
export function toPanelModelSample(sample: GallerySample): PanelModelSample {
  const scores = Object.entries(sample.scores).map(([name, value]) => [name, formatNumber(value)] as const);
  return { ...sample, scores };
}
