/** An epoch from 1, and the total when the program printed one. */
export interface NumberedEpoch {
  readonly epoch: number;
  readonly totalEpochs?: number;
}

/**
 * Turns printed epochs into epochs from 1 for programs that do not say where they begin:
 * a 0 means that they count from 0. A fractional epoch is a measure, not a name, and stays.
 */
export class EpochNumbering {
  #base: 0 | 1 = 1;
  #lastIndexIsTotal = false;

  number(printed: number, printedTotal: number | undefined): NumberedEpoch {
    if (printed === 0) {
      this.#base = 0;
    }
    const epoch = Number.isInteger(printed) ? printed + 1 - this.#base : printed;
    return printedTotal === undefined
      ? { epoch }
      : { epoch, totalEpochs: this.#total(printed, printedTotal) };
  }

  /** `Epoch 24/24` of a program that counts from 0 is the 25th of 25. */
  #total(printed: number, printedTotal: number): number {
    if (this.#base === 0 && printed === printedTotal) {
      this.#lastIndexIsTotal = true;
    }
    return this.#base === 0 && this.#lastIndexIsTotal ? printedTotal + 1 : printedTotal;
  }
}
