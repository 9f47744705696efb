import assert from 'node:assert/strict';
import { chmod, mkdir, readFile, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { inflateSync } from 'node:zlib';
import { readIgnoreRules } from '../../../../src/ignore.js';
import { silentLogger } from '../../../../src/logger.js';
import { EntriesAhead } from '../../../../src/remote/transfer/entriesAhead.js';
import { FolderCount } from '../../../../src/remote/transfer/folderCount.js';
import { FolderReading } from '../../../../src/remote/transfer/folderReading.js';
import type { ReadingRequest } from '../../../../src/remote/transfer/readerMessages.js';
import { readingRequest } from '../../../../src/remote/transfer/uploadRequest.js';
import type { CleanUp } from '../../../support/tempDir.js';
import { type TransferFixture, transferFixture } from '../../../support/transferFixture.js';
import { makeHostileTree } from '../../../support/trees.js';

/** A folder that was sent, with what a preparation finds in it. */
async function prepared(
  t: CleanUp,
): Promise<{ fixture: TransferFixture; request: ReadingRequest; ahead: EntriesAhead }> {
  const fixture = await transferFixture(t);
  for (const folder of ['a', 'a b', 'a/inner']) await mkdir(join(fixture.here, folder));
  for (let made = 0; made < 400; made += 1) await settled(fixture, ['a', 'a b', 'a/inner'][made % 3], made);
  await writeFile(join(fixture.here, 'a', 'empty'), '');
  await symlink('a', join(fixture.here, 'link'));
  await makeHostileTree(join(fixture.here, 'a b'));
  await fixture.dataset();
  const request = readingRequest(fixture.host, fixture.source, undefined);
  return { fixture, request, ahead: await lookedAhead(request) };
}

async function settled({ here }: TransferFixture, folder = '', made: number): Promise<void> {
  const path = join(here, folder, `file${made}`);
  await writeFile(path, `content ${made}`);
  await utimes(path, 1_000, 1_000);
}

async function lookedAhead(request: ReadingRequest): Promise<EntriesAhead> {
  const rules = await readIgnoreRules(request.folder, request.ignored);
  const ahead = new EntriesAhead(request, rules);
  const count = new FolderCount(request.folder, rules, (entry) => ahead.see(entry));
  while (!count.isOver) await count.goOn();
  ahead.close();
  return ahead;
}

/** All that a reading says of the tree, frame by frame. What it finds out of files is forgotten. */
async function told(request: ReadingRequest, ahead?: EntriesAhead): Promise<readonly string[]> {
  const known = await readFile(request.ledgerFile);
  const said: string[] = [];
  const reading = new FolderReading(
    request,
    silentLogger,
    (output) => {
      if (output.kind === 'told') said.push(unpacked(output.frame).toString('latin1'));
      if (output.kind === 'failed') said.push(output.message);
      if (output.kind !== 'tree') return;
      said.push(output.hash, `${output.files} files`, `${output.bytes} bytes`);
      reading.receive({ kind: 'stop' });
    },
    undefined,
    ahead,
  );
  reading.receive({ kind: 'greeted', isEmpty: false });
  await reading.run();
  await writeFile(request.ledgerFile, known);
  return said;
}

function unpacked(frame: Uint8Array): Buffer {
  const bytes = Buffer.from(frame);
  return bytes.toString('latin1', 0, 1) === 'Z' ? inflateSync(bytes.subarray(5)) : bytes;
}

test('a folder that was looked through before is told as without that', async (t) => {
  const { request, ahead } = await prepared(t);
  assert.ok(ahead.in('a').length > 100, 'something is known');
  const alone = await told(request);
  assert.ok(alone.join().length < 1_000, 'most of it stands where it stood');
  assert.deepEqual(await told(request, ahead), alone);
});

const changes: Readonly<Record<string, (at: (...names: string[]) => string) => Promise<unknown>>> = {
  'other content of the same size and time': async (at) => {
    await writeFile(at('a', 'file3'), 'CONTENT 3');
    await utimes(at('a', 'file3'), 1_000, 1_000);
  },
  'another file under the same name': async (at) => {
    await writeFile(at('a', 'new'), 'content 6');
    await utimes(at('a', 'new'), 1_000, 1_000);
    await rename(at('a', 'new'), at('a', 'file6'));
  },
  'a mode': (at) => chmod(at('a', 'file9'), 0o755),
  'a mode of a folder': (at) => chmod(at('a'), 0o750),
  'a time of a folder': (at) => utimes(at('a', 'inner'), 5, 5),
  'a file that went': (at) => rm(at('a', 'file12')),
  'a file that came': (at) => writeFile(at('a', 'file33333'), 'x'),
  'an empty file that is empty no more': (at) => writeFile(at('a', 'empty'), 'x'),
  'a file that is a folder': async (at) => {
    await rm(at('a', 'file15'));
    await mkdir(at('a', 'file15'));
    await writeFile(at('a', 'file15', 'deep'), 'x');
  },
  'a folder that is a link': async (at) => {
    await rm(at('a', 'inner'), { recursive: true });
    await symlink('../a b', at('a', 'inner'));
  },
  'a folder with another name': (at) => rename(at('a'), at('z')),
  'a link that leads elsewhere': async (at) => {
    await rm(at('link'));
    await symlink('a b', at('link'));
  },
  'everything gone': async (at) => {
    for (const name of ['z', 'a b', 'link']) await rm(at(name), { recursive: true });
  },
};

test('whatever changed since then is noticed', async (t) => {
  const { fixture, request, ahead } = await prepared(t);
  let before = await told(request);
  for (const [what, change] of Object.entries(changes)) {
    await change((...names) => join(fixture.here, ...names));
    const alone = await told(request);
    assert.notDeepEqual(alone, before, what);
    assert.deepEqual(await told(request, ahead), alone, what);
    before = alone;
  }
});

test('files are left out by the rules of now', async (t) => {
  const { fixture, request, ahead } = await prepared(t);
  await writeFile(join(fixture.here, '.trainyardignore'), 'inner/\n');
  const alone = await told(request);
  assert.deepEqual(await told(request, ahead), alone);
  assert.doesNotMatch(alone.join(), /inner/);
});

test('a place that was left with another tree since then is told by where things stand in that', async (t) => {
  const { fixture, request, ahead } = await prepared(t);
  await rm(join(fixture.here, 'a', 'file0'));
  await fixture.dataset();
  const alone = await told(request);
  assert.deepEqual(await told(request, ahead), alone);
});

test('a file that turned out to be another one is read', async (t) => {
  const { request, ahead } = await prepared(t);
  const distrusting = { ...request, distrusted: ['a/file3'] };
  assert.deepEqual(await told(distrusting, ahead), await told(distrusting));
});

test('a machine that has nothing is sent everything', async (t) => {
  const { fixture, request } = await prepared(t);
  await rm(join(fixture.here, '..', 'root'), { recursive: true });
  const ahead = await lookedAhead(request);
  const { sent } = await fixture.dataset();
  assert.ok(sent > 400);
  assert.deepEqual(await told(request, ahead), await told(request));
});
