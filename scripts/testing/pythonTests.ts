import { run } from './command.js';
import { honest, type Counts, type Part } from './part.js';

/** The tests of `runtime/`, by Python's own unittest. */
export function pythonTests(folder: string): Part {
  return {
    name: 'python',
    async run(show) {
      const { code, output } = await run('python3', ['-m', 'unittest', 'discover', '-s', folder], {
        env: { PYTHONDONTWRITEBYTECODE: '1' },
        timeoutMs: 600_000,
        show,
      });
      return honest(parseUnittest(output), code);
    },
  };
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
