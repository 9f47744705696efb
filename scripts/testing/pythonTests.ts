import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { run, type Show } from './command.js';
import { honest, nothing, sum, type Counts, type Part } from './part.js';

/** Files that run at the same time: most of their tests wait for a process they started. */
const concurrency = 3;

/** The tests of `runtime/`, by Python's own unittest: a process for each `test_*.py` of the folder. */
export function pythonTests(folder: string): Part {
  return {
    name: 'python',
    async run(show) {
      const files = longestFirst(folder);
      if (files.length === 0) return { ...nothing, failed: 1 };
      const counts: Counts[] = [];
      const worker = async (): Promise<void> => {
        for (let file = files.shift(); file !== undefined; file = files.shift()) {
          counts.push(await runFile(folder, file, show));
        }
      };
      await Promise.all(Array.from({ length: concurrency }, worker));
      return sum(counts);
    },
  };
}

/** The big ones, which tend to take long, so that none of them is left for the end. */
function longestFirst(folder: string): string[] {
  const size = (file: string): number => statSync(join(folder, file)).size;
  return readdirSync(folder)
    .filter((file) => /^test_.*\.py$/.test(file))
    .sort((a, b) => size(b) - size(a));
}

/** What it prints is shown when it has ended, so that the files do not mix. */
async function runFile(folder: string, file: string, show?: Show): Promise<Counts> {
  const { code, output } = await run('python3', ['-m', 'unittest', 'discover', '-s', folder, '-p', file], {
    env: { PYTHONDONTWRITEBYTECODE: '1' },
    timeoutMs: 600_000,
    show: () => undefined,
  });
  const text = `${file}\n${output}`;
  if (show) show(text);
  else process.stdout.write(text);
  return honest(parseUnittest(output), code);
}

/** Reads `Ran 12 tests in 0.4s` and `FAILED (failures=1, errors=2, skipped=1)`. */
export function parseUnittest(output: string): Counts {
  const ran = lastNumber(output, /^Ran (\d+) tests? in /gm);
  const failed = lastNumber(output, /\bfailures=(\d+)/g) + lastNumber(output, /\berrors=(\d+)/g);
  const skipped = lastNumber(output, /\bskipped=(\d+)/g);
  return { passed: Math.max(0, ran - failed - skipped), failed, skipped };
}

function lastNumber(text: string, pattern: RegExp): number {
  const last = [...text.matchAll(pattern)].at(-1);
  return Number(last?.[1] ?? 0);
}
