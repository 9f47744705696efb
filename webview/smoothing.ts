/**
 * The running mean of a series, each value weighing less the longer it is ago. Unbiased: the first values are not drawn
 * towards zero. What is not a finite number leaves the mean as it is.
 */
export class RunningMean {
  readonly #weight: number;
  #sum = 0;
  #total = 0;

  /** @param weight of what was before, 0..1; 0 gives the values themselves */
  constructor(weight: number) {
    this.#weight = weight;
  }

  /** The mean up to and with this value; the value itself when it is not a finite number. */
  next(value: number): number {
    if (!Number.isFinite(value)) return value;
    this.#sum = this.#sum * this.#weight + value * (1 - this.#weight);
    this.#total = this.#total * this.#weight + (1 - this.#weight);
    return this.#sum / this.#total;
  }
}
