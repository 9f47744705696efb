import type { Show } from './command.js';

/** How many tests a part ran. A check (types, lint) counts only when it fails. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Files that failed first and passed when they ran once more. */
  readonly atSecondTry?: readonly string[];
}

/** One line of the table that `npm test` ends with. */
export interface Part {
  readonly name: string;
  /**
   * Runs it. Never rejects because a test failed.
   * @param show gets what it prints; without it that goes to our own output
   */
  run(show?: Show): Promise<Counts>;
}

export interface Result extends Counts {
  readonly name: string;
  readonly seconds: number;
}

export const nothing: Counts = { passed: 0, failed: 0, skipped: 0 };

/** Whatever was counted, a runner that ended badly or ran nothing is a failure. */
export function honest(counts: Counts, exitCode: number): Counts {
  const isGood = exitCode === 0 && counts.passed > 0;
  return isGood || counts.failed > 0 ? counts : { ...counts, failed: 1 };
}

export function sum(all: readonly Counts[]): Counts {
  return all.reduce(
    (total, each) => ({
      passed: total.passed + each.passed,
      failed: total.failed + each.failed,
      skipped: total.skipped + each.skipped,
    }),
    nothing,
  );
}
