import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseParameters } from '../../../src/recipes/parameters.js';
import type { Command } from '../../../src/recipes/recipe.js';
import { script } from '../../../src/recipes/script.js';
import { checkFiles, never, openFolder, sentences } from './folders.js';

function commandOf(given: Record<string, unknown>): Command {
  return script.command(parseParameters(script, given));
}

test('train.py is run without arguments unless some are given', () => {
  assert.deepEqual(commandOf({}), { kind: 'script', file: 'train.py', args: [], params: {} });
});

test('args are split, and free parameters follow as options', () => {
  const given = { entry: './src\\run.py', args: `--name "two words"`, epochs: 30, lr: '1e-3', seed: '' };
  assert.deepEqual(commandOf(given), {
    kind: 'script',
    file: 'src/run.py',
    args: ['--name', 'two words', '--epochs', '30', '--lr', '1e-3', '--seed', ''],
    params: { epochs: 30, lr: '1e-3', seed: '' },
  });
});

test('a true parameter is a flag, a false one is left out, a value with a dash stays with its name', () => {
  const given = { fast: true, slow: false, amp: 'true', shift: -1 };
  assert.deepEqual(commandOf(given), {
    kind: 'script',
    file: 'train.py',
    args: ['--fast', '--amp', '--shift=-1'],
    params: given,
  });
});

test('a plain script is fine, and the summary says what will run', async (t) => {
  const found = await checkFiles(
    t,
    script,
    { 'train.py': 'import json\n', 'data.csv': 'a\n' },
    { epochs: 3 },
  );
  assert.deepEqual(found, {
    problems: [],
    summary: { entry: 'train.py', files: 2, arguments: ['--epochs', '3'], requirements: [] },
  });
});

test('a missing entry offers the nearest Python file', async (t) => {
  const near = await checkFiles(t, script, { 'trian.py': 'pass', 'lib/x.py': 'pass' });
  assert.deepEqual(sentences(near), [
    'error script.entry-missing: The folder has no train.py to run. → Set entry=trian.py to run that file.',
  ]);
  const usual = await checkFiles(t, script, { 'aaa.py': 'pass', 'main.py': 'pass' });
  assert.match(sentences(usual)[0] ?? '', /Set entry=main\.py to run that file\.$/);
  const none = await checkFiles(t, script, { 'data.csv': 'a' });
  assert.match(sentences(none)[0] ?? '', /Add a train\.py, or choose another recipe\.$/);
});

test('an empty entry is refused', async (t) => {
  assert.deepEqual(sentences(await checkFiles(t, script, { 'train.py': '\n \n' })), [
    'error script.entry-empty: train.py is empty; there is nothing to run.',
  ]);
});

test('imports of known packages without a list of packages are warned about', async (t) => {
  const source =
    'import os, sys\nimport numpy as np\nfrom PIL import Image\ntry:\n  import wandb\nexcept ImportError: pass\n';
  assert.deepEqual(sentences(await checkFiles(t, script, { 'train.py': source })), [
    "warning script.undeclared-import: train.py imports numpy, pillow, but the folder has no requirements.txt; the machine's own Python must have them. → List them in requirements.txt to have them installed.",
  ]);
  const listed = await checkFiles(t, script, { 'train.py': source, 'requirements.txt': 'numpy\npillow\n' });
  assert.deepEqual(sentences(listed), []);
});

test('a Windows path among the arguments is refused', async (t) => {
  const found = await checkFiles(t, script, { 'train.py': 'pass' }, { data: 'C:\\data\\flowers' });
  assert.deepEqual(sentences(found), [
    'error script.windows-path: The argument C:\\data\\flowers is a path of Windows, and the training runs on Linux. → Give the path inside the folder, with /.',
  ]);
});

test('requirements.txt goes before pyproject.toml, which still says the lowest Python', async (t) => {
  const folder = await openFolder(t, {
    'train.py': 'pass',
    'requirements.txt': 'numpy==2.1\n',
    'pyproject.toml': '[project]\nrequires-python = ">=3.11"\ndependencies = ["torch"]\n',
  });
  assert.deepEqual(await script.environment(folder, parseParameters(script, {}), never), {
    requirements: ['numpy==2.1'],
    constraints: [],
    minimumPython: '3.11',
  });
});

test('pyproject.toml alone is enough, and neither asks for nothing', async (t) => {
  const project = await openFolder(t, { 'pyproject.toml': '[project]\ndependencies = ["torch"]\n' });
  const environment = await script.environment(project, parseParameters(script, {}), never);
  assert.deepEqual(environment, { requirements: ['torch'], minimumPython: '3.8', torch: true });
  const plain = await openFolder(t, { 'train.py': 'pass' });
  const nothing = await script.environment(plain, parseParameters(script, {}), never);
  assert.deepEqual(nothing, { requirements: [], minimumPython: '3.8' });
});

test('a script that asks for PyTorch gets the build that fits its machine, one that asks for less does not', async (t) => {
  const needs = async (requirement: string): Promise<boolean> => {
    const folder = await openFolder(t, { 'train.py': 'pass', 'requirements.txt': `${requirement}\n` });
    return (await script.environment(folder, parseParameters(script, {}), never)).torch === true;
  };
  for (const line of ['torch', 'Torch[opt]>=2.4', 'torchvision==0.30 ; python_version > "3.9"'])
    assert.ok(await needs(line), line);
  for (const line of ['torch-geometric', 'torchmetrics', 'numpy']) assert.ok(!(await needs(line)), line);
});

test('what requirements.txt cannot mean on a machine is part of the check', async (t) => {
  const found = await checkFiles(t, script, { 'train.py': 'pass', 'requirements.txt': '-e .\n' });
  assert.deepEqual(
    found.problems.map(({ code, file, line }) => [code, file, line]),
    [['requirements.local-path', 'requirements.txt', 1]],
  );
});
