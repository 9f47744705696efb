import { existsSync, readFileSync } from 'node:fs';
import * as v from 'valibot';

const testSchema = v.object({
  state: v.picklist(['passed', 'failed', 'skipped']),
  title: v.string(),
  ms: v.number(),
  error: v.optional(v.string()),
});
const lineSchema = v.union([testSchema, v.object({ finished: v.literal(true) })]);

export type SuiteTest = v.InferOutput<typeof testSchema>;

export interface SuiteReport {
  readonly tests: readonly SuiteTest[];
  /** All suites were run to their end. */
  readonly finished: boolean;
}

/** Reads what `hostEntry.ts` wrote, complete or not. */
export function readSuiteReport(file: string): SuiteReport {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const lines = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => v.parse(lineSchema, JSON.parse(line)));
  const tests = lines.filter((line): line is SuiteTest => 'state' in line);
  return { tests, finished: tests.length < lines.length };
}
