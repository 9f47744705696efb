import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { SecretError } from '../../../src/errors.js';
import { collectSecrets, EnvironmentSecrets, SecretSources } from '../../../src/jobs/secrets.js';
import { script } from '../../../src/recipes/script.js';
import type { Recipe } from '../../../src/recipes/recipe.js';
import { tempDir } from '../../support/tempDir.js';

const need = { name: 'HF_TOKEN', required: true, why: 'The model is handed out only to those who ask.' };
const asking = (required: boolean): Recipe => ({ ...script, secrets: () => [{ ...need, required }] });
const nothing = new EnvironmentSecrets({ HOME: '/nowhere' });

test('a key is the environment variable of its name', async () => {
  const source = new EnvironmentSecrets({ HF_TOKEN: ' hf_a\n', WANDB_API_KEY: 'w' });
  assert.equal(await source.get('HF_TOKEN'), 'hf_a');
  assert.equal(await source.get('WANDB_API_KEY'), 'w');
  assert.equal(await source.get('OTHER_KEY'), undefined);
});

test("the token of Hugging Face's login is found where it is kept", async (t) => {
  const home = await tempDir(t);
  await mkdir(join(home, '.cache', 'huggingface'), { recursive: true });
  await mkdir(join(home, 'hub'));
  await writeFile(join(home, '.cache', 'huggingface', 'token'), 'hf_usual\n');
  await writeFile(join(home, 'hub', 'token'), 'hf_home');
  await writeFile(join(home, 'my-token'), 'hf_path');
  await writeFile(join(home, 'empty'), '\n');
  const find = (env: NodeJS.ProcessEnv): Promise<string | undefined> =>
    new EnvironmentSecrets({ HOME: home, ...env }).get('HF_TOKEN');
  assert.equal(await find({}), 'hf_usual');
  assert.equal(await find({ HF_HOME: join(home, 'hub') }), 'hf_home');
  assert.equal(await find({ HF_HOME: join(home, 'hub'), HF_TOKEN_PATH: join(home, 'my-token') }), 'hf_path');
  assert.equal(await find({ HF_TOKEN: '', HF_TOKEN_PATH: join(home, 'empty') }), undefined);
  assert.equal(await find({ HF_TOKEN_PATH: join(home, 'missing') }), undefined);
});

test('the first source that knows a key is believed', async () => {
  const sources = new SecretSources(nothing, new EnvironmentSecrets({ HF_TOKEN: 'hf_second' }));
  assert.equal(await sources.get('HF_TOKEN'), 'hf_second');
  assert.equal(await sources.get('OTHER_KEY'), undefined);
});

test('a key that the training cannot begin without is asked for by name and reason', async () => {
  await assert.rejects(collectSecrets(asking(true), {}, nothing), (error) => {
    assert.ok(error instanceof SecretError);
    assert.equal(error.message, `HF_TOKEN is missing. ${need.why}`);
    assert.equal(error.secret, 'HF_TOKEN');
    assert.equal(error.exitCode, 3);
    return true;
  });
});

test('a key that helps is passed on when there is one', async () => {
  assert.deepEqual(await collectSecrets(asking(false), {}, nothing), {});
  const source = new EnvironmentSecrets({ HF_TOKEN: 'hf_a', WANDB_API_KEY: 'not asked for' });
  assert.deepEqual(await collectSecrets(asking(false), {}, source), { HF_TOKEN: 'hf_a' });
  assert.deepEqual(await collectSecrets(script, {}, source), {});
});
