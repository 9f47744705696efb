// npm test [unit|python|integration|editor|frameworks] [part of a file's name]
// Without a word: everything but the frameworks, fast first. Installs what the tests need where it can.
import { installCodeServer } from '../test/editor/support/codeServerInstall.js';
import { build, checks } from './testing/check.js';
import { editorSuite } from './testing/editorSuite.js';
import { meetPythonDirectly, needs, prepareMachine, type Need } from './testing/machine.js';
import { nodeTests, nodeTestsByFile } from './testing/nodeTests.js';
import { nothing, sum, type Part, type Result } from './testing/part.js';
import { pythonTests } from './testing/pythonTests.js';
import { table } from './testing/table.js';

const minute = 60_000;
const [selected, only] = process.argv.slice(2);

const unit = nodeTests(
  { name: 'unit', folder: 'test/unit', concurrency: 2, timeoutMs: 10 * minute, filesPerProcess: 30 },
  only,
);
const python = pythonTests('test/python');
const integration = nodeTests(
  { name: 'integration', folder: 'test/integration', concurrency: 3, timeoutMs: 10 * minute },
  only,
);
const editorScreen = nodeTests(
  {
    name: 'editor (screen)',
    folder: 'test/editor/ui',
    concurrency: 2,
    timeoutMs: 10 * minute,
    secondTry: true,
  },
  only,
);
/** Gigabytes of packages the first time, and trainings on slow computers. */
const frameworks = nodeTestsByFile({ folder: 'test/frameworks', timeoutMs: 40 * minute }, only);

interface Selection {
  readonly needs: readonly Need[];
  /** One after the other; lists of an entry run side by side. */
  readonly parts: readonly (Part | readonly (readonly Part[])[])[];
}
const selections: Readonly<Record<string, Selection>> = {
  unit: { needs: [], parts: [unit] },
  python: { needs: [needs.python], parts: [python] },
  integration: {
    needs: [needs.python, needs.venv, needs.ssh, needs.namespaces],
    parts: [build, integration],
  },
  editor: {
    needs: [needs.python, needs.ssh, needs.browser, needs.namespaces],
    parts: [build, editorSuite(only), editorScreen],
  },
  frameworks: { needs: [needs.python, needs.venv], parts: [build, ...frameworks] },
};
const everything: Selection = {
  needs: Object.values(needs),
  parts: [[[unit, ...checks], [python]], build, integration, editorSuite(only), editorScreen],
};

const selection = selected === undefined ? everything : selections[selected];
if (selection === undefined) {
  stop([`There are no tests called "${selected}": say ${Object.keys(selections).join(', ')} or nothing.`]);
}
const missing = prepareMachine(selection.needs);
if (missing.length > 0) stop(missing);
meetPythonDirectly();

const results: Result[] = [];
if (selection === everything) prepareEditor();
for (const entry of selection.parts) {
  if ('run' in entry) results.push(await runAlone(entry));
  else results.push(...(await runSideBySide(entry)));
}
console.log(`\n${table(results)}`);
const total = sum(results);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;

/** What a list prints is shown when its part has ended, so that the outputs do not mix. */
async function runSideBySide(lists: readonly (readonly Part[])[]): Promise<Result[]> {
  const all = lists.map(async (parts) => {
    const ended: Result[] = [];
    for (const part of parts) {
      let output = '';
      const result = await runPart({
        name: part.name,
        run: () => part.run((text) => (output += text)).finally(() => console.log(heading(part) + output)),
      });
      ended.push(result);
    }
    return ended;
  });
  return (await Promise.all(all)).flat();
}

/** VS Code is fetched while the first parts run. A failure is told where it is needed. */
function prepareEditor(): void {
  installCodeServer().catch(() => undefined);
}

function heading({ name }: Part): string {
  return `\n── ${name} ──\n`;
}

function runAlone(part: Part): Promise<Result> {
  process.stdout.write(heading(part));
  return runPart(part);
}

async function runPart(part: Part): Promise<Result> {
  const started = performance.now();
  const counts = await part.run().catch((error: unknown) => {
    console.error(error);
    return { ...nothing, failed: 1 };
  });
  return { name: part.name, seconds: (performance.now() - started) / 1000, ...counts };
}

function stop(sentences: readonly string[]): never {
  for (const sentence of sentences) console.error(sentence);
  process.exit(2);
}
