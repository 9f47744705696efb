export interface PlotPoint {
  readonly x: number;
  readonly y: number;
}

/** All points of one stretch of the axis. Without a finite value `lowest` and `highest` are missing. */
interface Bucket {
  index: number;
  lastX: number;
  lowest: PlotPoint | undefined;
  highest: PlotPoint | undefined;
  /** Holds values that are not finite numbers. */
  broken: boolean;
}

const finestWidth = 2 ** -20;

/**
 * Thins a growing series for drawing so that its extremes survive: equal stretches of the x axis keep their lowest
 * and their highest point. Adding a point costs the same however many there are; when there are more stretches than
 * `capacity`, neighbours merge and the stretches become twice as wide. Few points are kept exactly.
 */
export class MinMaxBuckets {
  readonly #capacity: number;
  #width = finestWidth;
  #buckets: Bucket[] = [];
  /** Where the newest bucket ends. */
  #end = -Infinity;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** `x` is never less than the one before. */
  add(x: number, y: number): void {
    let bucket = this.#buckets.at(-1);
    if (!bucket || x >= this.#end) {
      bucket = {
        index: Math.floor(x / this.#width),
        lastX: x,
        lowest: undefined,
        highest: undefined,
        broken: false,
      };
      this.#buckets.push(bucket);
      this.#end = (bucket.index + 1) * this.#width;
      include(bucket, x, y);
      if (this.#buckets.length > this.#capacity) this.#coarsen();
      return;
    }
    include(bucket, x, y);
  }

  /** At most two points a bucket, ordered by x, and a NaN where the line must break. */
  toPoints(): PlotPoint[] {
    const points: PlotPoint[] = [];
    for (const { lowest, highest, lastX, broken } of this.#buckets) {
      if (lowest && highest) {
        if (lowest === highest) points.push(lowest);
        else if (lowest.x <= highest.x) points.push(lowest, highest);
        else points.push(highest, lowest);
      }
      if (broken) points.push({ x: lastX, y: NaN });
    }
    return points;
  }

  /** Where there are values that are not finite numbers, at the resolution of the drawing. */
  brokenAt(): number[] {
    return this.#buckets.filter(({ broken }) => broken).map(({ lastX }) => lastX);
  }

  #coarsen(): void {
    while (this.#buckets.length > this.#capacity) {
      this.#width *= 2;
      const merged: Bucket[] = [];
      for (const bucket of this.#buckets) {
        bucket.index = Math.floor(bucket.index / 2);
        const before = merged.at(-1);
        if (before?.index === bucket.index) absorb(before, bucket);
        else merged.push(bucket);
      }
      this.#buckets = merged;
    }
    const last = this.#buckets.at(-1);
    if (last) this.#end = (last.index + 1) * this.#width;
  }
}

function include(bucket: Bucket, x: number, y: number): void {
  bucket.lastX = x;
  if (!Number.isFinite(y)) {
    bucket.broken = true;
    return;
  }
  const { lowest, highest } = bucket;
  if (!lowest || !highest) {
    bucket.lowest = bucket.highest = { x, y };
    return;
  }
  if (y < lowest.y) bucket.lowest = { x, y };
  else if (y > highest.y) bucket.highest = { x, y };
}

function absorb(bucket: Bucket, later: Bucket): void {
  bucket.lastX = later.lastX;
  bucket.broken ||= later.broken;
  if (!bucket.lowest || (later.lowest && later.lowest.y < bucket.lowest.y)) bucket.lowest = later.lowest;
  if (!bucket.highest || (later.highest && later.highest.y > bucket.highest.y))
    bucket.highest = later.highest;
}
