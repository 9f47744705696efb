import { InputError } from '../errors.js';
import { readIgnoreRules } from '../ignore.js';
import type { Problem } from '../recipes/datasets/problem.js';
import { walkTree } from '../remote/transfer/treeWalk.js';
import { collectedIn } from './resultNames.js';

/** What of a dataset travels to the machine, or why it cannot. */
export interface Sendable {
  readonly files: number;
  readonly bytes: number;
  readonly problem: Problem | null;
}

/** Looks at everything that would be sent, and at nothing else. @param results folder for the models */
export async function lookAtSendable(
  dataset: string,
  results: string,
  signal: AbortSignal,
): Promise<Sendable> {
  const rules = await readIgnoreRules(dataset, collectedIn(dataset, results));
  let files = 0;
  let bytes = 0;
  try {
    for await (const entry of walkTree(dataset, rules, signal)) {
      if (entry.kind !== 'file') continue;
      files += 1;
      bytes += entry.sizeBytes;
    }
    return { files, bytes, problem: null };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const { message } = error;
    const problem: Problem = {
      severity: 'error',
      code: 'not-sendable',
      file: null,
      line: null,
      message,
      fix: null,
    };
    return { files, bytes, problem };
  }
}
