import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readPyproject } from '../../../../src/recipes/datasets/pyproject.js';
import type { CleanUp } from '../../../support/tempDir.js';
import { never, openFolder, sentences } from '../folders.js';

async function read(t: CleanUp, text: string) {
  const folder = await openFolder(t, { 'pyproject.toml': text });
  const { requirements, minimumPython, problems } = await readPyproject(folder, never);
  return { requirements, minimumPython, problems: sentences({ problems, summary: {} }) };
}

test('the dependencies and the lowest Python of [project] are taken', async (t) => {
  const text =
    '[project]\nname = "x"\nrequires-python = ">=3.10,<3.14"\ndependencies = [\n  "numpy>=2", # fast\n  \'torch\',\n]\n';
  const expected = { requirements: ['numpy>=2', 'torch'], minimumPython: '3.10', problems: [] };
  assert.deepEqual(await read(t, text), expected);
});

test('a file with settings of tools only asks for nothing', async (t) => {
  const expected = { requirements: [], minimumPython: undefined, problems: [] };
  assert.deepEqual(await read(t, '[tool.ruff]\nline-length = 100\n'), expected);
});

test('dependencies that only a build or Poetry knows are warned about', async (t) => {
  const dynamic = await read(t, '[project]\nname = "x"\ndynamic = ["dependencies"]\n');
  assert.deepEqual(dynamic.problems, [
    'warning pyproject.dependencies: pyproject.toml computes its dependencies when it is built; none of them will be installed. → Write them into requirements.txt.',
  ]);
  const poetry = await read(t, '[tool.poetry.dependencies]\npython = "^3.10"\nnumpy = "*"\n');
  assert.deepEqual(poetry.problems, [
    "warning pyproject.dependencies: pyproject.toml lists its dependencies in Poetry's own table; none of them will be installed. → Write them into requirements.txt.",
  ]);
});

test('a dependency on a path of this computer is refused', async (t) => {
  const { problems } = await read(t, '[project]\ndependencies = ["tool @ file:///me/tool"]\n');
  assert.match(
    problems[0] ?? '',
    /^error requirements\.local-path: pyproject\.toml: the dependency 'tool @ file:/,
  );
});

test('a file that is no TOML is refused with the line', async (t) => {
  const { problems } = await read(t, '[project]\nname = x y\n');
  assert.equal(problems.length, 1);
  assert.match(
    problems[0] ?? '',
    /^error pyproject\.invalid: pyproject\.toml:2 cannot be understood: [^\n]+\.$/,
  );
});

test('dependencies of another type are refused', async (t) => {
  const { problems } = await read(t, '[project]\ndependencies = "numpy"\n');
  assert.match(problems[0] ?? '', /^error pyproject\.invalid: .*project\.dependencies: .*Array/);
});
