import { bundleSuites } from '../../test/editor/support/suiteBundle.js';
import { runSuites } from '../../test/editor/support/runSuites.js';
import type { SuiteReport, SuiteTest } from '../../test/editor/support/suiteReport.js';
import { honest, nothing, type Counts, type Part } from './part.js';

/** The suites of `test/editor/host/`, run inside VS Code's extension host with the samples open. */
export function editorSuite(only?: string): Part {
  return {
    name: 'editor (inside)',
    async run() {
      const testsPath = await bundleSuites(only);
      if (testsPath === undefined) return only === undefined ? { ...nothing, failed: 1 } : nothing;
      const report = await runSuites({ testsPath, folder: 'samples', timeoutMs: 600_000 });
      show(report);
      return honest(counts(report.tests), report.finished ? 0 : 1);
    },
  };
}

function show({ tests, finished }: SuiteReport): void {
  const marks = { passed: '✔', failed: '✖', skipped: '﹣' };
  for (const { state, title, ms, error } of tests) {
    console.log(`${marks[state]} ${title} (${ms} ms)`);
    if (error !== undefined) console.log(error.replace(/^/gm, '    '));
  }
  if (!finished)
    console.log('✖ The extension host went away, or time was up, before the suites had finished.');
}

function counts(tests: readonly SuiteTest[]): Counts {
  const number = (state: SuiteTest['state']): number => tests.filter((test) => test.state === state).length;
  return { passed: number('passed'), failed: number('failed'), skipped: number('skipped') };
}
