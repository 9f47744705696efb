import { MinMaxBuckets, type PlotPoint } from './minMaxBuckets.js';
import type { Axis, MetricSeries } from './series.js';

/** What is drawn of one series: its points thinned to what the width can show. */
export class PlotLine {
  readonly series: MetricSeries;
  #layout = '';
  #buckets = new MinMaxBuckets(1);
  #taken = 0;

  constructor(series: MetricSeries) {
    this.series = series;
  }

  /** Takes what is new in the series, or everything again when the axis or the resolution is another. */
  points(axis: Axis, capacity: number): PlotPoint[] {
    const layout = `${this.series.layout(axis)} ${String(capacity)}`;
    if (layout !== this.#layout) {
      this.#layout = layout;
      this.#buckets = new MinMaxBuckets(capacity);
      this.#taken = 0;
    }
    for (; this.#taken < this.series.length; this.#taken++) {
      this.#buckets.add(this.series.x(this.#taken, axis), this.series.value(this.#taken));
    }
    return this.#buckets.toPoints();
  }

  /** Where values are missing because they are not finite numbers. */
  brokenAt(): number[] {
    return this.#buckets.brokenAt();
  }
}

/** Stretches for a width: at most two points a pixel. In powers of two, so that small changes of width cost nothing. */
export function bucketsFor(widthPx: number): number {
  return 2 ** Math.max(7, Math.floor(Math.log2(Math.max(1, widthPx))));
}
