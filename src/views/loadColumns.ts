import type { MetricColumns } from '../protocol.js';
import type { GpuSample, Sample } from '../remote/sample.js';
import { toMetricColumns } from './metricColumns.js';

/**
 * The load of a machine's GPUs over time, as columns that are drawn beside the metrics: `GPU %`, `VRAM %`, and `GPU °C`
 * where there is but one.
 * @param began what time counts from: Unix seconds of the machine's clock
 */
export function toLoadColumns(samples: readonly Sample[], began: number): MetricColumns[] {
  return toMetricColumns(
    samples.map(({ time, gpus }) => ({
      epoch: null,
      step: null,
      seconds: Math.max(0, time - began),
      metrics: Object.fromEntries(gpus.flatMap((gpu, index) => loadsOf(gpu, index, gpus.length))),
    })),
  );
}

/** What the machine does not tell is left out. */
function loadsOf(
  { utilizationPercent, memoryUsedBytes, memoryTotalBytes, temperatureC }: GpuSample,
  index: number,
  count: number,
): [name: string, value: number][] {
  const number = count === 1 ? '' : ` ${String(index + 1)}`;
  const loads: [string, number | null][] = [
    [`GPU${number} %`, utilizationPercent],
    [`VRAM${number} %`, memoryTotalBytes ? percentOf(memoryUsedBytes, memoryTotalBytes) : null],
    ['GPU °C', count === 1 ? temperatureC : null],
  ];
  return loads.flatMap(([name, value]) => (value === null ? [] : [[name, value]]));
}

const percentOf = (part: number | null, whole: number): number | null =>
  part === null ? null : (part / whole) * 100;
