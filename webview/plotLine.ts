import { MinMaxBuckets, type PlotPoint } from './minMaxBuckets.js';
import type { Axis, MetricSeries, Range } from './series.js';
import { RunningMean } from './smoothing.js';

/** How a series is to be drawn. */
export interface PlotWindow {
  readonly axis: Axis;
  /** So many stretches of the axis at most keep their extremes. */
  readonly capacity: number;
  /** Weight of what was before, 0..1; 0 draws the values alone. */
  readonly smoothing: number;
  /** The part of the axis that is looked at; `null` for all of it. */
  readonly range: Range | null;
}

/** What is drawn of one series: its points thinned to what the width can show. */
export class PlotLine {
  readonly series: MetricSeries;
  #layout = '';
  #values = new MinMaxBuckets(1);
  #means: MinMaxBuckets | null = null;
  #mean = new RunningMean(0);
  #taken = 0;

  constructor(series: MetricSeries) {
    this.series = series;
  }

  /** Takes what is new in the series, or everything again when it is to be drawn in another way. */
  points(window: PlotWindow): PlotPoint[] {
    const layout = `${this.series.layout(window.axis)} ${JSON.stringify(window)}`;
    if (layout !== this.#layout) {
      this.#layout = layout;
      this.#begin(window);
    }
    this.#take(window);
    return this.#values.toPoints();
  }

  /** The running mean of what {@link points} gave last; `null` without smoothing. */
  smoothed(): PlotPoint[] | null {
    return this.#means?.toPoints() ?? null;
  }

  /** Where values are missing because they are not finite numbers. */
  brokenAt(): number[] {
    return this.#values.brokenAt();
  }

  #begin({ capacity, smoothing }: PlotWindow): void {
    this.#values = new MinMaxBuckets(capacity);
    this.#means = smoothing > 0 ? new MinMaxBuckets(capacity) : null;
    this.#mean = new RunningMean(smoothing);
    this.#taken = 0;
  }

  /** One point on each side of the range belongs to it: lines lead out of the chart. */
  #take({ axis, range }: PlotWindow): void {
    const { series } = this;
    const first = range ? Math.max(0, series.indexFrom(range.from, axis) - 1) : 0;
    const end = range ? Math.min(series.length, series.indexFrom(range.to, axis) + 1) : series.length;
    const values = this.#values;
    for (let index = Math.max(this.#taken, first); index < end; index++) {
      values.add(series.x(index, axis), series.value(index));
    }
    if (this.#means) this.#takeMeans(this.#means, axis, first, end);
    this.#taken = Math.max(this.#taken, end);
  }

  /** The mean of a point is made of all before it, also of those that are out of sight. */
  #takeMeans(means: MinMaxBuckets, axis: Axis, first: number, end: number): void {
    const { series } = this;
    for (let index = this.#taken; index < end; index++) {
      const mean = this.#mean.next(series.value(index));
      if (index >= first) means.add(series.x(index, axis), mean);
    }
  }
}

/** Stretches for a width: at most two points a pixel. In powers of two, so that small changes of width cost nothing. */
export function bucketsFor(widthPx: number): number {
  return 2 ** Math.max(7, Math.floor(Math.log2(Math.max(1, widthPx))));
}
