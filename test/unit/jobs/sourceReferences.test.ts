import assert from 'node:assert/strict';
import { join, resolve } from 'node:path';
import { describe, test } from 'node:test';
import { sourceReferences, uploadedFrom } from '../../../src/jobs/sourceReferences.js';

const spec = { id: 'digits-abc234', dataset: resolve('/data/digits') };
const work = '/home/u/.trainyard/runs/digits-abc234/work';

describe('places in source files that a log names', () => {
  test('are those of tracebacks and warnings', () => {
    const text =
      `  File "${work}/train.py", line 12, in <module>\n` +
      `${work}/lib/net.py:7: UserWarning: odd\n` +
      'see notes.txt:3: no\n';
    const found = [...sourceReferences(text)];
    assert.deepEqual(
      found.map(({ path, line }) => [path, line]),
      [
        [`${work}/train.py`, 12],
        [`${work}/lib/net.py`, 7],
      ],
    );
    const [first] = found;
    assert.equal(text.slice(first?.start, first?.end), `File "${work}/train.py", line 12`);
  });

  test('lead to the file that was uploaded', () => {
    assert.equal(uploadedFrom(spec, `${work}/lib/net.py`), join(spec.dataset, 'lib', 'net.py'));
    assert.equal(uploadedFrom(spec, 'train.py'), join(spec.dataset, 'train.py'));
    assert.equal(
      uploadedFrom(spec, '/root/.trainyard/datasets/0123456789abcdef/data.py'),
      join(spec.dataset, 'data.py'),
    );
  });

  test('lead nowhere for files that did not come from here', () => {
    for (const path of [
      '/usr/lib/python3.12/json/decoder.py',
      '/home/u/.trainyard/runs/other-abc234/work/train.py',
      `${work}/../../../secret.py`,
      '../outside.py',
      '<string>',
      '<frozen importlib._bootstrap>',
    ]) {
      assert.equal(uploadedFrom(spec, path), null, path);
    }
  });
});
