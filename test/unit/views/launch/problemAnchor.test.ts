import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { join } from 'node:path';
import { problem } from '../../../../src/recipes/datasets/problem.js';
import { anchorOf, mostTelling } from '../../../../src/views/launch/problemAnchor.js';
import { folderWith } from '../../recipes/folders.js';

describe('what concerns a folder as a whole', () => {
  const whole = problem('error', 'folder.empty', 'Nothing here.');

  it('is shown on the run file that was checked, or that the folder has', async (t) => {
    const dataset = await folderWith(t, { 'data/rows.csv': 'a\n1\n', 'trainyard.yaml': 'dataset: .\n' });
    assert.equal(await anchorOf(dataset, join(dataset, 'my.trainyard.yaml'), [whole]), 'my.trainyard.yaml');
    assert.equal(await anchorOf(dataset, dataset, [whole]), 'trainyard.yaml');
  });

  it('is shown on the file that other problems are about', async (t) => {
    const dataset = await folderWith(t, { 'a.csv': 'a\n1\n', 'b.csv': 'a\n1\n' });
    const other = problem('warning', 'table.gaps', 'Gaps.', { file: 'b.csv' });
    assert.equal(await anchorOf(dataset, dataset, [whole, other]), 'b.csv');
  });

  it('is shown on the file that says most of the folder', async (t) => {
    const dataset = await folderWith(t, { 'images/1.png': '', 'data.yaml': '', 'README.md': '' });
    assert.equal(await anchorOf(dataset, dataset, [whole]), 'data.yaml');
    assert.equal(mostTelling(['a/1.png', 'train.py', 'rows.jsonl']), 'rows.jsonl');
    assert.equal(mostTelling(['cat/1.png', 'cat/2.png']), 'cat/1.png');
  });
});
