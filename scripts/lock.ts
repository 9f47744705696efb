// npm run lock [-- recipe…]: writes runtime/locks/<name>.txt, the newest versions that the ranges of a recipe allow,
// for every Python from the oldest it works with. Needs uv.
import { spawnSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { findProgram } from '../test/support/findProgram.js';
import { recipeLocks, type RecipeLock } from './locking/recipeLocks.js';

const wanted = process.argv.slice(2);
const locks = await recipeLocks();
const known = locks.flatMap(({ name, recipes }) => [name, ...recipes]);
const unknown = wanted.find((name) => !known.includes(name));
if (unknown !== undefined) {
  stop(`No recipe "${unknown}" has a lock: say ${[...new Set(known)].join(', ')} or nothing.`);
}
const uv = findProgram('uv') ?? stop('uv is missing: install it, for example with "pip install uv".');

await mkdir('runtime/locks', { recursive: true });
for (const lock of locks) {
  if (wanted.length > 0 && ![lock.name, ...lock.recipes].some((name) => wanted.includes(name))) continue;
  const file = `runtime/locks/${lock.name}.txt`;
  const text = compile(uv, lock);
  await writeFile(file, text);
  console.log(`${file}: ${text.trim().split('\n').length} lines for ${lock.recipes.join(', ')}`);
}

/** The file says versions only: no index, no path, nothing of this computer. */
function compile(program: string, { requirements, minimumPython }: RecipeLock): string {
  const plain = ['--no-header', '--no-annotate', '--no-emit-index-url', '--no-emit-find-links', '--quiet'];
  const { status, stdout, stderr } = spawnSync(
    program,
    ['pip', 'compile', '--universal', '--python-version', minimumPython, ...plain, '-'],
    { input: `${requirements.join('\n')}\n`, encoding: 'utf8', maxBuffer: 16_000_000 },
  );
  if (status !== 0) stop(`uv found no versions for ${requirements.join(', ')}:\n${stderr}`);
  return stdout;
}

function stop(sentence: string): never {
  console.error(sentence);
  process.exit(1);
}
