import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { collectedIn, namesFor, stemOf } from '../../../src/jobs/resultNames.js';
import { readIgnoreRules } from '../../../src/ignore.js';
import { tempDir } from '../../support/tempDir.js';

const file = (path: string, group: string | null = null): { path: string; group: string | null } => ({
  path,
  group,
});

describe('namesFor', () => {
  it('keeps the ending of a file, and only that', () => {
    const endings: [string, string][] = [
      ['output/model.joblib', 'm.joblib'],
      ['output/model.card.json', 'm.card.json'],
      ['work/weights.tar.gz', 'm.tar.gz'],
      ['work/my model v1.2 (final).tar.gz', 'm.tar.gz'],
      ['output/epoch-3-loss-0.25.ckpt', 'm.ckpt'],
      ['output/pack.7z', 'm.7z'],
      ['work/noext', 'm'],
      ['work/.hidden', 'm'],
    ];
    for (const [path, name] of endings) assert.deepEqual(namesFor([file(path)], 'm'), [name]);
  });

  it('gives every file its own name, however many are called the same', () => {
    const files = ['a/model.pt', 'b/model.pt', 'c/model.pt', 'd/MODEL.PT'].map((path) => file(path));
    assert.deepEqual(namesFor(files, 'm'), ['m.pt', 'm_model.pt', 'm_2_model.pt', 'm_3_MODEL.PT']);
  });

  it('keeps the paths in a folder, and two folders apart', () => {
    const files = [
      file('output/one/config.json', 'output/one'),
      file('output/one/sub/x y.bin', 'output/one'),
      file('output/two/config.json', 'output/two'),
    ];
    assert.deepEqual(namesFor(files, 'm'), ['m/config.json', 'm/sub/x y.bin', 'm_two/config.json']);
  });

  it('keeps a folder apart from a file without ending', () => {
    const names = namesFor([file('work/noext'), file('output/one/a', 'output/one')], 'm');
    assert.deepEqual(names, ['m', 'm_one/a']);
  });
});

describe('collectedIn', () => {
  it('names what was collected into the dataset, and nothing else there', async (t) => {
    const dataset = await tempDir(t);
    const stem = stemOf('script', new Date('2026-01-02T03:04:05Z'), 2);
    assert.equal(stem, 'model_script_20260102-030405-2');
    for (const folder of ['models', 'my [new] models!', '#x/deep']) {
      await mkdir(join(dataset, folder), { recursive: true });
      const rules = await readIgnoreRules(dataset, collectedIn(dataset, join(dataset, folder)));
      for (const name of [`${stem}.pt`, `${stem}.pt.part`, `${stem}.claim`])
        assert.ok(rules.ignores(`${folder}/${name}`, false), `${folder}/${name}`);
      assert.ok(rules.ignores(`${folder}/${stem}`, true), 'a folder model');
      for (const path of [
        `${folder}/__init__.py`,
        `${folder}/model_small.pt`,
        `other/${stem}.pt`,
        `${stem}.pt`,
      ])
        assert.ok(!rules.ignores(path, false), path);
    }
  });

  it('is at the top when the dataset is where results go, and nothing when they go elsewhere', async (t) => {
    const dataset = await tempDir(t);
    const rules = await readIgnoreRules(dataset, collectedIn(dataset, dataset));
    assert.ok(rules.ignores('model_sklearn_20260102-030405.joblib', false));
    assert.ok(!rules.ignores('deep/model_sklearn_20260102-030405.joblib', false));
    assert.deepEqual(collectedIn(dataset, join(dataset, '..', 'models')), []);
    assert.deepEqual(collectedIn(dataset, join(dataset, '..')), []);
  });
});
