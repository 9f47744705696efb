import type { ColumnProfile } from './columnProfile.js';

/** Enough to be sure; more is not remembered. */
const mostPairs = 1000;

/**
 * Finds out whether a column is the target under another name: the same number in every row; or each of its values
 * stands with one value of the target and each value of the target with one of its own.
 */
export class TargetTwin {
  #mayPair = true;
  #mayEqual = true;
  #rows = 0;
  readonly #targets = new Map<number, number>();
  readonly #values = new Map<number, number>();

  /** Adding more rows is of no use when this is false. */
  get isPossible(): boolean {
    return this.#mayPair || this.#mayEqual;
  }

  /**
   * @param value identity of the row's value in `column`, and of its `target`: see {@link ColumnProfile.add}
   */
  add(value: number, column: ColumnProfile, target: number, targetColumn: ColumnProfile): void {
    this.#rows += 1;
    if (this.#mayEqual) this.#mayEqual = column.number === targetColumn.number;
    if (this.#mayPair) this.#mayPair = this.#pair(value, target);
  }

  /** Values that hardly repeat prove nothing, unless they are equal. */
  get isTwin(): boolean {
    if (this.#mayEqual && this.#rows > 1) return true;
    return this.#mayPair && this.#targets.size > 1 && this.#rows >= 2 * this.#targets.size;
  }

  #pair(value: number, target: number): boolean {
    if (value < 0 || target < 0 || this.#targets.size > mostPairs) return false;
    return remember(this.#targets, value, target) && remember(this.#values, target, value);
  }
}

function remember(known: Map<number, number>, from: number, to: number): boolean {
  const before = known.get(from);
  if (before === undefined) known.set(from, to);
  return before === undefined || before === to;
}
