import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as v from 'valibot';
import { ProgressReader, type ProgressPoint } from '../../../../src/recipes/progress/index.js';
import { plainTexts } from '../../../../src/recipes/progress/ansi.js';

const count = v.nullable(v.number());
const labelledValue = v.union([v.number(), v.literal('nan')]);
const label = v.object({
  final: v.object({ epoch: count, total_epochs: count, step: count, total_steps: count }),
  points: v.optional(
    v.array(
      v.object({
        line_contains: v.string(),
        epoch: v.optional(count),
        step: v.optional(count),
        metrics: v.record(v.string(), labelledValue),
      }),
    ),
    [],
  ),
  finished: v.boolean(),
  error: v.nullable(v.string()),
});
export type Label = v.InferOutput<typeof label>;

/** A log and what people who read it say is in it. */
export interface LabelledLog {
  /** `keras/01` */
  readonly name: string;
  readonly framework: string;
  readonly bytes: Uint8Array;
  readonly label: Label;
}

/** Right and all, of one kind of label. */
export interface Tally {
  right: number;
  all: number;
}

export interface Score {
  readonly finals: Tally;
  readonly metrics: Tally;
  readonly places: Tally;
  readonly errors: Tally;
  readonly finished: Tally;
  readonly misses: string[];
}

/** `FOLDER/<framework>/NN.log` with `NN.expect.json` beside each; none when the folder is not there. */
export function readLabelledLogs(folder: string): readonly LabelledLog[] {
  if (!existsSync(folder)) {
    return [];
  }
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.expect.json'))
    .sort()
    .map((file) => {
      const base = path.join(folder, file.slice(0, -'.expect.json'.length));
      return {
        name: file.slice(0, -'.expect.json'.length),
        framework: path.dirname(file),
        bytes: readFileSync(`${base}.log`),
        label: v.parse(label, JSON.parse(readFileSync(`${base}.expect.json`, 'utf8'))),
      };
    });
}

export function newScore(): Score {
  const tally = (): Tally => ({ right: 0, all: 0 });
  return {
    finals: tally(),
    metrics: tally(),
    places: tally(),
    errors: tally(),
    finished: tally(),
    misses: [],
  };
}

/** Reads the log as `parse` does and compares the points alone: the last of them is the final state. */
export function scoreLog(log: LabelledLog, score: Score): void {
  const reader = new ProgressReader();
  const early = reader.push(log.bytes);
  const { points: late, summary } = reader.end();
  const points = [...early, ...late];
  const miss = (what: string): void => void score.misses.push(`${log.name}: ${what}`);
  scoreFinals(log.label, points.at(-1), score.finals, miss);
  for (const expected of log.label.points) {
    scorePoint(log, expected, points, score, miss);
  }
  count1(score.errors, (summary.error !== null) === (log.label.error !== null), () => {
    miss(`error ${summary.error?.code ?? 'none'}, labelled ${log.label.error ?? 'none'}`);
  });
  count1(score.finished, summary.finished === log.label.finished, () => {
    miss(`finished ${String(summary.finished)}`);
  });
}

function scoreFinals(
  { final }: Label,
  last: ProgressPoint | undefined,
  tally: Tally,
  miss: (what: string) => void,
): void {
  const got = {
    epoch: last?.epoch,
    total_epochs: last?.totalEpochs,
    step: last?.step,
    total_steps: last?.totalSteps,
  };
  for (const name of ['epoch', 'total_epochs', 'step', 'total_steps'] as const) {
    const expected = final[name];
    if (expected !== null) {
      count1(tally, isNear(got[name] ?? null, expected), () => {
        miss(`final ${name} ${String(got[name])}, labelled ${String(expected)}`);
      });
    }
  }
}

function scorePoint(
  { bytes }: LabelledLog,
  expected: Label['points'][number],
  points: readonly ProgressPoint[],
  score: Score,
  miss: (what: string) => void,
): void {
  const line = lineOf(bytes, expected.line_contains);
  const there = points.filter((point) => point.line === line);
  for (const [name, value] of Object.entries(expected.metrics)) {
    const found = there.some(({ metrics }) => isNear(metrics[name] ?? null, value === 'nan' ? NaN : value));
    count1(score.metrics, found, () => {
      miss(`line ${line} ${name}=${value}, got ${JSON.stringify(there.map(({ metrics }) => metrics))}`);
    });
  }
  for (const name of ['epoch', 'step'] as const) {
    const value = expected[name];
    if (
      value !== undefined &&
      value !== null &&
      (Object.keys(expected.metrics).length > 0 || there.length > 0)
    ) {
      count1(
        score.places,
        there.some((point) => isNear(point[name], value)),
        () => {
          miss(
            `line ${line} ${name} labelled ${value}, got ${JSON.stringify(there.map((point) => point[name]))}`,
          );
        },
      );
    }
  }
}

function count1(tally: Tally, isRight: boolean, ifNot: () => void): void {
  tally.all++;
  if (isRight) {
    tally.right++;
  } else {
    ifNot();
  }
}

function isNear(got: number | null, expected: number): boolean {
  return got !== null && (Object.is(got, expected) || Math.abs(got - expected) <= Math.abs(expected) * 1e-6);
}

/** The number of the first line whose text, without escapes, holds the words. */
function lineOf(bytes: Uint8Array, words: string): number {
  const lines = Buffer.from(bytes).toString('utf8').split('\n');
  return (
    lines.findIndex((line) =>
      line.split('\r').some((segment) => plainTexts(segment).join('').includes(words)),
    ) + 1
  );
}
