/** Enough to be sure; more is not remembered. */
const mostPairs = 1000;

/**
 * Finds out whether a column is the target under another name: each of its values stands with one value of the
 * target and each value of the target with one of its own.
 */
export class TargetTwin {
  #possible = true;
  #rows = 0;
  readonly #targets = new Map<string, string>();
  readonly #values = new Map<string, string>();

  add(value: string, target: string): void {
    if (!this.#possible) return;
    this.#rows += 1;
    this.#possible = pairs(this.#targets, value, target) && pairs(this.#values, target, value);
    if (this.#targets.size > mostPairs) this.#possible = false;
  }

  /** Values that hardly repeat prove nothing. */
  get isTwin(): boolean {
    return this.#possible && this.#targets.size > 1 && this.#rows >= 2 * this.#targets.size;
  }
}

function pairs(known: Map<string, string>, from: string, to: string): boolean {
  const before = known.get(from);
  if (before === undefined) known.set(from, to);
  return before === undefined || before === to;
}
