import type { Problem } from './problem.js';

const order: readonly Problem['severity'][] = ['error', 'warning', 'hint'];

/**
 * The problems as a person can read them: errors first, and of a kind (a severity and a code) not more than `most`; one
 * problem more says how many are left out.
 */
export function digest(problems: readonly Problem[], most: number): Problem[] {
  return order
    .flatMap((severity) => [...kindsOf(problems.filter((problem) => problem.severity === severity))])
    .flatMap((kind) => shortened(kind, most));
}

/** In the order in which the first of each kind comes. */
function kindsOf(problems: readonly Problem[]): Iterable<readonly Problem[]> {
  const kinds = new Map<string, Problem[]>();
  for (const problem of problems) {
    const kind = kinds.get(problem.code);
    if (kind) kind.push(problem);
    else kinds.set(problem.code, [problem]);
  }
  return kinds.values();
}

/** One left out would take as much room as the line that says so. */
function shortened(kind: readonly Problem[], most: number): readonly Problem[] {
  const [first] = kind;
  if (!first || kind.length <= most + 1) return kind;
  const { severity, code } = first;
  const message = `${(kind.length - most).toLocaleString('en-US')} more problems of the same kind (${code}).`;
  return [...kind.slice(0, most), { severity, code, file: null, line: null, message, fix: null }];
}
