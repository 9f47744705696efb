/** Something a person should know about their dataset before training. An error blocks, a warning does not. */
export interface Problem {
  readonly severity: 'error' | 'warning' | 'hint';
  /** Stable, `table.target-missing`. */
  readonly code: string;
  /** Relative to the dataset folder; `null` when it concerns the whole. */
  readonly file: string | null;
  /** From 1. */
  readonly line: number | null;
  /** One sentence: what is wrong and where. */
  readonly message: string;
  /** What to do; `null` when the message says it all. */
  readonly fix: string | null;
}

export type ProblemPlace = Partial<Pick<Problem, 'file' | 'line' | 'fix'>>;

export function problem(
  severity: Problem['severity'],
  code: string,
  message: string,
  { file = null, line = null, fix = null }: ProblemPlace = {},
): Problem {
  return { severity, code, file, line, message, fix };
}
