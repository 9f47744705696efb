// npm test [unit|python|integration|editor] [part of a file's name]
// Without a word: everything, fast first. Installs what the tests need where it can.
import { build, checks } from './testing/check.js';
import { editorSuite } from './testing/editorSuite.js';
import { needs, prepareMachine, type Need } from './testing/machine.js';
import { nodeTests } from './testing/nodeTests.js';
import { nothing, sum, type Part, type Result } from './testing/part.js';
import { pythonTests } from './testing/pythonTests.js';
import { table } from './testing/table.js';

const minute = 60_000;
const [selected, only] = process.argv.slice(2);

const unit = nodeTests({ name: 'unit', folder: 'test/unit', concurrency: 2, timeoutMs: 3 * minute }, only);
const python = pythonTests('test/python');
const integration = nodeTests(
  { name: 'integration', folder: 'test/integration', concurrency: 2, timeoutMs: 10 * minute },
  only,
);
const editorScreen = nodeTests(
  { name: 'editor (screen)', folder: 'test/editor/ui', concurrency: 1, timeoutMs: 10 * minute },
  only,
);
interface Selection {
  readonly needs: readonly Need[];
  readonly parts: readonly Part[];
}
const selections: Readonly<Record<string, Selection>> = {
  unit: { needs: [], parts: [unit] },
  python: { needs: [needs.python], parts: [python] },
  integration: { needs: [needs.python, needs.venv, needs.ssh], parts: [build, integration] },
  editor: {
    needs: [needs.python, needs.ssh, needs.browser],
    parts: [build, editorSuite(only), editorScreen],
  },
};
const everything: Selection = {
  needs: Object.values(needs),
  parts: [unit, python, ...checks, build, integration, editorSuite(only), editorScreen],
};

const selection = selected === undefined ? everything : selections[selected];
if (selection === undefined) {
  stop([`There are no tests called "${selected}": say ${Object.keys(selections).join(', ')} or nothing.`]);
}
const missing = prepareMachine(selection.needs);
if (missing.length > 0) stop(missing);

const results: Result[] = [];
for (const part of selection.parts) results.push(await runPart(part));
console.log(`\n${table(results)}`);
const total = sum(results);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;

async function runPart(part: Part): Promise<Result> {
  console.log(`\n── ${part.name} ──`);
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
