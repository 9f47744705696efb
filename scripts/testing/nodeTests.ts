import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as v from 'valibot';
import { removeFolder } from '../../test/support/tempDir.js';
import { runNode, type Show } from './command.js';
import { honest, nothing, sum, type Counts, type Part } from './part.js';

export interface NodeTests {
  readonly name: string;
  /** All `*.test.ts` below it. */
  readonly folder: string;
  /** Files that run at the same time. */
  readonly concurrency: number;
  /** For one test, and for one file as a whole. */
  readonly timeoutMs: number;
  readonly env?: NodeJS.ProcessEnv;
  /**
   * Files that share one process, for tests that leave nothing behind in it: starting a process and its TypeScript takes
   * longer than most of them. One each when not given.
   */
  readonly filesPerProcess?: number;
  /**
   * Files that failed run once more, one at a time: for tests of what is not ours to make deterministic, such as a
   * window that loses the focus. What passed only then is said in the table.
   */
  readonly secondTry?: boolean;
}

/** Within a test, Node would report to that in place of our reporters. */
const itsOwnRun = { NODE_TEST_CONTEXT: undefined };

const countsSchema = v.record(
  v.string(),
  v.object({ passed: v.number(), failed: v.number(), skipped: v.number() }),
);

/** A part made of files for `node --test`; with `only`, of those whose path holds it. */
export function nodeTests(tests: NodeTests, only?: string): Part {
  return {
    name: tests.name,
    async run(show) {
      const files = testFiles(tests.folder).filter((file) => only === undefined || file.includes(only));
      if (files.length > 0)
        return tests.secondTry === true ? runTwice(tests, files, show) : runFiles(tests, files, show);
      console.log(
        `No test in ${tests.folder} ${only === undefined ? '' : `has "${only}" in its path`}`.trimEnd(),
      );
      return only === undefined ? { ...nothing, failed: 1 } : nothing;
    },
  };
}

/** A part for each file, one after the other, so that the table says how long each took. */
export function nodeTestsByFile(tests: Omit<NodeTests, 'name' | 'concurrency'>, only?: string): Part[] {
  const files = testFiles(tests.folder).filter((file) => only === undefined || file.includes(only));
  if (files.length === 0) return [nodeTests({ ...tests, name: tests.folder, concurrency: 1 }, only)];
  return files.map((file) => {
    const name = relative(tests.folder, file).replace(/\.test\.ts$/, '');
    return { name, run: (show) => runFiles({ ...tests, name, concurrency: 1 }, [file], show) };
  });
}

function testFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => join(folder, file))
    .sort();
}

async function runFiles(tests: NodeTests, files: readonly string[], show?: Show): Promise<Counts> {
  const { byFile, code } = await runOnce(tests, files, show);
  return honest(sum([...byFile.values()]), code);
}

async function runTwice(tests: NodeTests, files: readonly string[], show?: Show): Promise<Counts> {
  const first = await runOnce(tests, files, show);
  const failed = files.filter((file) => (first.byFile.get(resolve(file))?.failed ?? 1) > 0);
  if (failed.length === 0) return honest(sum([...first.byFile.values()]), first.code);

  (show ?? console.log)(`\n${failed.join(', ')}: once more …\n`);
  const second = await runOnce({ ...tests, concurrency: 1 }, failed, show);
  const counts = sum([...new Map([...first.byFile, ...second.byFile]).values()]);
  return { ...honest(counts, second.code), ...(second.code === 0 && { atSecondTry: failed }) };
}

interface Run {
  /** By absolute path. */
  readonly byFile: ReadonlyMap<string, Counts>;
  readonly code: number;
}

/** Tests get a home of Trainyard's own, so that a careless one cannot touch the user's jobs. */
async function runOnce(tests: NodeTests, files: readonly string[], show?: Show): Promise<Run> {
  const scratch = await mkdtemp(join(tmpdir(), 'trainyard-counts-'));
  const countsFile = join(scratch, 'counts.json');
  try {
    const { code } = await runNode(
      [
        ...['--import', 'tsx', '--test'],
        `--test-concurrency=${tests.concurrency}`,
        `--test-timeout=${tests.timeoutMs}`,
        ...['--test-reporter=spec', '--test-reporter-destination=stdout'],
        ...[
          '--test-reporter=./scripts/testing/countReporter.mjs',
          `--test-reporter-destination=${countsFile}`,
        ],
        ...(await programsFor(files, tests.filesPerProcess ?? 1, scratch)),
      ],
      { env: { TRAINYARD_HOME: join(scratch, 'home'), ...itsOwnRun, ...tests.env }, show },
    );
    return { byFile: readCounts(countsFile), code };
  } finally {
    await removeFolder(scratch);
  }
}

/** The files themselves, or programs that each import some of them. */
async function programsFor(
  files: readonly string[],
  each: number,
  scratch: string,
): Promise<readonly string[]> {
  if (each === 1) return files;
  const groups = Array.from({ length: Math.ceil(files.length / each) }, (_, index) =>
    files.slice(index * each, (index + 1) * each),
  );
  return Promise.all(
    groups.map(async (group, index) => {
      const program = join(scratch, `group-${index + 1}.mjs`);
      const lines = group.map((file) => `import ${JSON.stringify(pathToFileURL(resolve(file)).href)};\n`);
      await writeFile(program, lines.join(''));
      return program;
    }),
  );
}

function readCounts(file: string): ReadonlyMap<string, Counts> {
  const text = readFileSync(file, 'utf8');
  if (text === '') return new Map([['', { ...nothing, failed: 1 }]]);
  return new Map(Object.entries(v.parse(countsSchema, JSON.parse(text))));
}
