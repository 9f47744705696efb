import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, it } from 'node:test';
import { customize } from '../../../src/jobs/customize.js';
import { readRunFile } from '../../../src/jobs/jobFile.js';
import { recipeSources } from '../../../src/jobs/recipeSources.js';
import { recipes } from '../../../src/recipes/index.js';
import { parseParameters } from '../../../src/recipes/parameters.js';
import { RuntimeFiles } from '../../../src/remote/runtimeFiles.js';
import { folderWith, never } from '../recipes/folders.js';

const runtime = new RuntimeFiles('runtime');
const table = { 'rows.csv': 'a,b\n1,x\n2,y\n' };
const programs = recipes.filter((recipe) => recipe.command(parseParameters(recipe, {})).kind === 'recipe');

describe('customizing a training script', () => {
  for (const recipe of programs) {
    it(`leaves a script with what ${recipe.id} would have got`, async (t) => {
      const folder = await folderWith(t, table);
      const done = await customize({ path: folder, recipe: recipe.id }, runtime, never);
      assert.equal(basename(done.entry), 'train.py');
      assert.deepEqual(
        (await readdir(folder)).sort(),
        [...done.files.map((file) => basename(file)), 'rows.csv'].sort(),
      );
      const run = await readRunFile(done.runFile);
      assert.equal(run.recipe, 'script');
      assert.equal(run.dataset, folder);
      const script = recipes.find(({ id }) => id === 'script') ?? assert.fail();
      const { entry, args, hfToken, ...parameters } = parseParameters(script, run.params);
      assert.deepEqual([entry, args], ['train.py', '']);
      const needs = recipe.secrets?.(parseParameters(recipe, {})) ?? [];
      assert.equal(hfToken, needs.length > 0, 'it gets the token that the recipe got');
      assert.deepEqual(parameters, parseParameters(recipe, {}), 'parameters keep their types');
    });

    it(`copies every module that the program of ${recipe.id} imports`, async () => {
      const command = recipe.command(parseParameters(recipe, {}));
      assert.ok(command.kind === 'recipe');
      const sources = await recipeSources(command.file, runtime);
      const copied = new Set(sources.map(({ name }) => name));
      const shipped = new Set((await readdir('runtime/recipes')).filter((name) => name.endsWith('.py')));
      for (const { name, text } of sources) {
        for (const [, module = ''] of text.matchAll(/^\s*(?:import|from)\s+(\w+)/gm)) {
          if (shipped.has(`${module}.py`)) assert.ok(copied.has(`${module}.py`), `${name} imports ${module}`);
        }
      }
      const main = basename(command.file, '.py');
      const others = sources
        .slice(1)
        .filter(({ text }) => new RegExp(`\\b(import|from) ${main}\\b`).test(text));
      assert.deepEqual(others, [], 'nothing imports the main file, whose name changes');
    });
  }

  it('keeps what a run file says, and puts another one beside it', async (t) => {
    const yaml = 'name: mine\ndataset: .\nrecipe: sklearn\nparams: { target: b, seed: 3 }\n';
    const folder = await folderWith(t, { ...table, 'trainyard.yaml': yaml });
    const { runFile } = await customize({ path: join(folder, 'trainyard.yaml') }, runtime, never);
    assert.equal(basename(runFile), 'custom.trainyard.yaml');
    const { name, params } = await readRunFile(runFile);
    assert.deepEqual([name, params.target, params.seed, params.testSize], ['mine', 'b', 3, 0.2]);
    assert.equal(await readFile(join(folder, 'trainyard.yaml'), 'utf8'), yaml);
  });

  it('overwrites nothing, and leaves nothing when something is in the way', async (t) => {
    const folder = await folderWith(t, { ...table, 'requirements.txt': 'mine\n' });
    await assert.rejects(customize({ path: folder, recipe: 'sklearn' }, runtime, never), {
      name: 'InputError',
      message: `${join(folder, 'requirements.txt')} is there already and is not overwritten. Rename it, and try again.`,
    });
    assert.deepEqual((await readdir(folder)).sort(), ['requirements.txt', 'rows.csv']);
  });

  it('has nothing to copy where a script of the user is run', async (t) => {
    const folder = await folderWith(t, { 'train.py': 'print(1)\n' });
    await assert.rejects(customize({ path: folder }, runtime, never), /trained by a Python file of its own/);
    await assert.rejects(customize({ path: folder, recipe: 'script' }, runtime, never), /runs train\.py/);
  });
});
