import { SimulatedRunpod } from '../../test/clouds/runpod/simulatedRunpod.js';
import { bundleSuites } from '../../test/editor/support/suiteBundle.js';
import { runSuites } from '../../test/editor/support/runSuites.js';
import { suiteCloud } from '../../test/editor/support/suiteCloud.js';
import type { SuiteReport, SuiteTest } from '../../test/editor/support/suiteReport.js';
import { timeScale } from '../../test/support/cloudJobs.js';
import { honest, nothing, type Counts, type Part } from './part.js';

/** The suites of `test/editor/host/`, run inside VS Code's extension host with the samples open. */
export function editorSuite(only?: string): Part {
  return {
    name: 'editor (inside)',
    async run() {
      const testsPath = await bundleSuites(only);
      if (testsPath === undefined) return only === undefined ? { ...nothing, failed: 1 } : nothing;
      const report = await runWithCloud(testsPath);
      show(report);
      return honest(counts(report.tests), report.finished ? 0 : 1);
    },
  };
}

/** The suites, with a simulated RunPod that they find by {@link suiteCloud} and have no key for until they want one. */
async function runWithCloud(testsPath: string): Promise<SuiteReport> {
  const cloud = await new SimulatedRunpod({ timeScale }).start({ after: () => undefined });
  try {
    const env = { ...suiteCloud.told(cloud.environment), TRAINYARD_TIME_SCALE: String(timeScale) };
    return await runSuites({ testsPath, folder: 'samples', timeoutMs: 600_000, env });
  } finally {
    await cloud.stop();
  }
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
