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
  /** What Trainyard can do about it by itself, when somebody says yes. */
  readonly repair?: Repair;
}

/** A fix that a machine can do. Nothing happens before `apply`. */
export interface Repair {
  /** A button: `Split off 20 % for validation`. */
  readonly title: string;
  /** Files of the user it would change, relative to the folder; empty when it only writes new ones beside them. */
  readonly changes: readonly string[];
  /**
   * Does it, as a whole or not at all; harmless to repeat.
   * @returns one sentence for a person: what was done
   * @throws {InputError} it cannot be done (any more)
   */
  apply(signal: AbortSignal): Promise<string>;
}

export type ProblemPlace = Partial<Pick<Problem, 'file' | 'line' | 'fix' | 'repair'>>;

export function problem(
  severity: Problem['severity'],
  code: string,
  message: string,
  { file = null, line = null, fix = null, repair }: ProblemPlace = {},
): Problem {
  return { severity, code, file, line, message, fix, ...(repair && { repair }) };
}
