import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { Mirror } from '../../../../src/remote/transfer/mirror.js';
import { tempDir } from '../../../support/tempDir.js';
import { never } from '../../../support/transferFixture.js';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const before = 'what another machine wrote\n';

describe('Mirror behind a base', () => {
  const open = async (t: TestContext, content: string, base = before.length): Promise<Mirror> => {
    const path = join(await tempDir(t), 'output.log');
    await writeFile(path, content);
    const mirror = await Mirror.open(path, base);
    t.after(() => mirror.close());
    return mirror;
  };

  it('claims nothing of what is before it', async (t) => {
    assert.deepEqual(await (await open(t, before)).probes(), []);
    assert.deepEqual(await (await open(t, '')).probes(), []);
    const [probe, ...more] = await (await open(t, `${before}abc`)).probes();
    assert.deepEqual(more, []);
    assert.deepEqual(probe, { offset: 3, length: 3, sha256: sha256('abc') });
  });

  it('writes behind it, wherever it goes on, and leaves what is before as it is', async (t) => {
    const mirror = await open(t, `${before}abc`);
    await mirror.startAt(2);
    await mirror.append(Buffer.from('CD'));
    await mirror.append(Buffer.from('EF'));
    await mirror.flush();
    assert.equal(mirror.position, 6);
    assert.equal(await readFile(mirror.path, 'utf8'), `${before}abCDEF`);
  });

  it('compares and cuts off only what is behind it', async (t) => {
    const mirror = await open(t, `${before}abcdef`);
    await mirror.startAt(4);
    assert.equal(await mirror.isExactly(4, sha256('abcX'), never), false);
    assert.equal(await mirror.isExactly(3, sha256('abc'), never), false);
    assert.equal(await readFile(mirror.path, 'utf8'), `${before}abcdef`);
    assert.equal(await mirror.isExactly(4, sha256('abcd'), never), true);
    assert.equal(await readFile(mirror.path, 'utf8'), `${before}abcd`);
  });

  it('is equal to an empty file when it is empty', async (t) => {
    const mirror = await open(t, `${before}left from a follower that was cut`);
    assert.equal(await mirror.isExactly(0, sha256(''), never), true);
    assert.equal(await readFile(mirror.path, 'utf8'), before);
  });
});
