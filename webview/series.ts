import type { MetricColumns } from '../src/protocol.js';
import { describeMetric, type MetricKind } from '../src/metricKind.js';

/**
 * What the horizontal axis of a chart counts; `time` is in seconds since the training began, `order` the number of the
 * point where nothing better is known.
 */
export type Axis = 'step' | 'epoch' | 'time' | 'order';

/** A stretch of an axis, in its values. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

const firstCapacity = 256;
/** Values of the index of the best point that are no index. */
const none = -1;
const unknown = -2;

/**
 * All points of one metric in the order of the training.
 *
 * A point that is not further on than those before it replaces them: a training that resumes from a checkpoint goes
 * over its last steps again, and a bar redraws the same step with newer values.
 */
export class MetricSeries {
  readonly name: string;
  readonly kind: MetricKind;
  #step = new Float64Array(firstCapacity);
  #epoch = new Float64Array(firstCapacity);
  #time = new Float64Array(firstCapacity);
  #value = new Float64Array(firstCapacity);
  #length = 0;
  #bestIndex = none;
  #withStep = 0;
  #withEpoch = 0;
  #withTime = 0;
  #notFinite = 0;
  #stepsRestart = false;
  #epochsHaveFractions = false;
  #largestStep = 0;
  #stepsPerEpoch = 0;
  #replacements = 0;

  constructor(name: string) {
    this.name = name;
    this.kind = describeMetric(name);
  }

  get length(): number {
    return this.#length;
  }

  /** How many values are NaN or infinite. */
  get notFiniteCount(): number {
    return this.#notFinite;
  }

  /** Index of the best finite value, -1 when there is none or neither direction is better. */
  get bestIndex(): number {
    return this.#bestIndex === unknown ? this.#findBest() : this.#bestIndex;
  }

  get hasSteps(): boolean {
    return this.#withStep === this.#length && !this.#stepsRestart;
  }

  get hasEpochs(): boolean {
    return this.#withEpoch === this.#length;
  }

  get hasTimes(): boolean {
    return this.#withTime === this.#length;
  }

  /** Changes when positions that were read before are no longer what they were: start over. */
  layout(axis: Axis): string {
    const scale = axis === 'epoch' && this.#withStep > 0 ? this.#epochScale() : 0;
    return `${axis} ${String(this.#replacements)} ${String(scale)}`;
  }

  append(columns: MetricColumns): void {
    this.#reserve(this.#length + columns.value.length);
    const { step, epoch, time, value } = columns;
    for (let index = 0; index < value.length; index++) {
      this.#add(step[index] ?? NaN, epoch[index] ?? NaN, time[index] ?? NaN, value[index] ?? NaN);
    }
  }

  value(index: number): number {
    return this.#value[index] ?? NaN;
  }

  /** Position on the axis. Never decreases with the index. */
  x(index: number, axis: Axis): number {
    if (axis === 'order') return index + 1;
    const step = this.#step[index] ?? NaN;
    if (axis === 'step') return step;
    if (axis === 'time') return this.#time[index] ?? NaN;
    const epoch = this.#epoch[index] ?? NaN;
    if (Number.isNaN(step) || this.#epochsHaveFractions) return epoch;
    const position = this.#stepsRestart ? epoch - 1 + step / this.#largestStep : step / this.#stepsPerEpoch;
    return Math.min(epoch, Math.max(epoch - 1, position));
  }

  /** Index of the first point at or behind a position of the axis; the length when there is none. */
  indexFrom(position: number, axis: Axis): number {
    let low = 0;
    let high = this.#length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.x(middle, axis) < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #add(step: number, epoch: number, time: number, value: number): void {
    if (!this.#isAhead(step, epoch)) this.#dropFrom(step, epoch);
    const index = this.#length;
    this.#learnPosition(step, epoch);
    this.#step[index] = step;
    this.#epoch[index] = epoch;
    this.#time[index] = time;
    if (!Number.isNaN(time)) this.#learnTime(index, time);
    this.#value[index] = value;
    this.#length = index + 1;
    this.#learnValue(index, value);
  }

  /** A point without a step stands at the end of its epoch. */
  #isAhead(step: number, epoch: number): boolean {
    if (this.#length === 0) return true;
    const lastStep = this.#step[this.#length - 1] ?? NaN;
    const lastEpoch = this.#epoch[this.#length - 1] ?? NaN;
    if (epoch > lastEpoch) return true;
    if (epoch < lastEpoch) return false;
    if (epoch === lastEpoch) return orEnd(step) > orEnd(lastStep);
    return !(step <= lastStep);
  }

  #dropFrom(step: number, epoch: number): void {
    while (!this.#isAhead(step, epoch)) this.#dropLast();
    this.#replacements++;
  }

  #dropLast(): void {
    const index = --this.#length;
    if (!Number.isNaN(this.#step[index])) this.#withStep--;
    if (!Number.isNaN(this.#epoch[index])) this.#withEpoch--;
    if (!Number.isNaN(this.#time[index])) this.#withTime--;
    if (!Number.isFinite(this.value(index))) this.#notFinite--;
    if (index === this.#bestIndex) this.#bestIndex = unknown;
  }

  /** A machine's clock may be set back; a training goes on all the same. */
  #learnTime(index: number, time: number): void {
    this.#withTime++;
    const before = this.#time[index - 1] ?? NaN;
    if (time < before) this.#time[index] = before;
  }

  #learnPosition(step: number, epoch: number): void {
    const index = this.#length;
    if (!Number.isNaN(epoch)) {
      this.#withEpoch++;
      if (!Number.isInteger(epoch)) this.#epochsHaveFractions = true;
    }
    if (Number.isNaN(step)) return;
    this.#withStep++;
    if (index > 0 && step <= (this.#step[index - 1] ?? NaN)) this.#stepsRestart = true;
    if (step > this.#largestStep) this.#largestStep = step;
    if (step / epoch > this.#stepsPerEpoch) this.#stepsPerEpoch = step / epoch;
  }

  #learnValue(index: number, value: number): void {
    if (!Number.isFinite(value)) this.#notFinite++;
    else if (this.#bestIndex !== unknown && this.#isBetter(value)) this.#bestIndex = index;
  }

  #isBetter(value: number): boolean {
    const { better } = this.kind;
    if (better === null) return false;
    if (this.#bestIndex === none) return true;
    const best = this.value(this.#bestIndex);
    return better === 'lower' ? value < best : value > best;
  }

  #findBest(): number {
    this.#bestIndex = none;
    for (let index = 0; index < this.#length; index++) {
      const value = this.value(index);
      if (Number.isFinite(value) && this.#isBetter(value)) this.#bestIndex = index;
    }
    return this.#bestIndex;
  }

  #epochScale(): number {
    return this.#stepsRestart ? -this.#largestStep : this.#stepsPerEpoch;
  }

  #reserve(length: number): void {
    if (length <= this.#value.length) return;
    const capacity = 2 ** Math.ceil(Math.log2(length + 1));
    this.#step = grown(this.#step, capacity);
    this.#epoch = grown(this.#epoch, capacity);
    this.#time = grown(this.#time, capacity);
    this.#value = grown(this.#value, capacity);
  }
}

/** What the user wants the horizontal axis to count; `auto` leaves it to the data. */
export type AxisChoice = 'auto' | Exclude<Axis, 'order'>;

/**
 * The axis all series of a chart can be drawn on: the one that is wanted, else steps where all have them over the
 * whole run, else epochs.
 */
export function chooseAxis(series: readonly MetricSeries[], wanted: AxisChoice = 'auto'): Axis {
  if (wanted !== 'auto' && series.every((one) => hasAxis(one, wanted))) return wanted;
  if (series.every(({ hasSteps }) => hasSteps)) return 'step';
  if (series.every(({ hasEpochs }) => hasEpochs)) return 'epoch';
  return series.every(({ hasTimes }) => hasTimes) ? 'time' : 'order';
}

function hasAxis({ hasSteps, hasEpochs, hasTimes }: MetricSeries, axis: Exclude<Axis, 'order'>): boolean {
  return { step: hasSteps, epoch: hasEpochs, time: hasTimes }[axis];
}

function orEnd(step: number): number {
  return Number.isNaN(step) ? Infinity : step;
}

function grown(array: Float64Array<ArrayBuffer>, capacity: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(capacity);
  larger.set(array);
  return larger;
}
