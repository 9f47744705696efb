import assert from 'node:assert/strict';
import { chmod, mkdir, readdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { InputError, MachineError } from '../../../../src/errors.js';
import { fetchTree, type FetchTreeResult } from '../../../../src/remote/transfer/fetchTree.js';
import type { HostProcess, Program } from '../../../../src/remote/host.js';
import { LocalHost } from '../../../../src/remote/localHost.js';
import { type RemoteEntry, requireHarmless } from '../../../../src/remote/transfer/remoteTree.js';
import { never, runtime, type TransferFixture, transferFixture } from '../../../support/transferFixture.js';
import { makeHostileTree, noise, snapshotTree } from '../../../support/trees.js';

function fetchThere(fixture: TransferFixture): Promise<FetchTreeResult> {
  return fetchTree(fixture.host, runtime, pathsOf(fixture), {}, never);
}

function pathsOf(fixture: TransferFixture): { remotePath: string; localPath: string } {
  return { remotePath: fixture.there, localPath: join(fixture.here, 'model') };
}

test('a folder comes home byte for byte, whatever its files are called', async (t) => {
  const fixture = await transferFixture(t);
  await makeHostileTree(fixture.there);
  await chmod(join(fixture.there, 'private'), 0o644);
  const { files } = await fetchThere(fixture);
  const expected = await snapshotTree(fixture.there);
  assert.deepEqual(await snapshotTree(join(fixture.here, 'model')), expected);
  assert.equal(files, Object.values(expected).filter((kind) => kind.startsWith('file')).length);
  assert.deepEqual(await readdir(fixture.here), ['model']);
});

test('a folder with nothing in it comes home', async (t) => {
  const fixture = await transferFixture(t);
  await fetchThere(fixture);
  assert.deepEqual(await readdir(join(fixture.here, 'model')), []);
});

test('a folder that exists is never touched, even if empty', async (t) => {
  const fixture = await transferFixture(t);
  await writeFile(join(fixture.there, 'a'), 'a');
  await mkdir(join(fixture.here, 'model'));
  await assert.rejects(fetchThere(fixture), InputError);
  assert.deepEqual(await readdir(join(fixture.here, 'model')), []);
});

test('what an earlier try left is gone on with where it is right and removed where it is not', async (t) => {
  const fixture = await transferFixture(t);
  const outside = join(fixture.here, 'outside');
  const part = join(fixture.here, 'model.part');
  await mkdir(join(fixture.there, 'sub'));
  await writeFile(join(fixture.there, 'sub', 'weights'), noise(1_000_000));
  await writeFile(join(fixture.there, 'config'), 'config');
  await mkdir(outside);
  await mkdir(part);
  await symlink(outside, join(part, 'sub'));
  await symlink(join(outside, 'config'), join(part, 'config'));
  await writeFile(join(part, 'stale'), 'stale');
  await fetchThere(fixture);
  assert.deepEqual(await snapshotTree(join(fixture.here, 'model')), await snapshotTree(fixture.there));
  assert.deepEqual(await readdir(outside), []);
});

test('a folder that came half is gone on with', async (t) => {
  const fixture = await transferFixture(t);
  await writeFile(join(fixture.there, 'weights'), noise(1_000_000));
  await mkdir(join(fixture.here, 'model.part'));
  await writeFile(join(fixture.here, 'model.part', 'weights'), noise(1_000_000).subarray(0, 400_000));
  const bytes: number[] = [];
  const onProgress = (progress: { bytes: number }): unknown => bytes.push(progress.bytes);
  await fetchTree(fixture.host, runtime, pathsOf(fixture), { onProgress }, never);
  assert.ok((bytes[0] ?? 0) > 400_000);
  assert.deepEqual(await readFile(join(fixture.here, 'model', 'weights')), noise(1_000_000));
});

test('a missing folder is refused with its path', async (t) => {
  const fixture = await transferFixture(t);
  await rename(fixture.there, `${fixture.there}.gone`);
  await assert.rejects(
    fetchThere(fixture),
    (error) => error instanceof MachineError && error.message.includes(fixture.there),
  );
});

const file = (path: string): RemoteEntry => ({ kind: 'file', path, mode: 0o644, size: 1 });
const folder = (path: string): RemoteEntry => ({ kind: 'folder', path });
const link = (path: string, target: string): RemoteEntry => ({ kind: 'link', path, target });

const hostileListings: Readonly<Record<string, readonly RemoteEntry[]>> = {
  'a path that goes up': [file('../evil')],
  'a path that goes up in the middle': [folder('a'), file('a/../../evil')],
  'an absolute path': [file('/etc/evil')],
  'an empty path': [file('')],
  'a path with a NUL': [file('a\0b')],
  'a file in a folder that was not named': [file('a/b')],
  'a file below a link': [link('a', '.'), file('a/b')],
  'a file below a file': [file('a'), file('a/b')],
  'one name twice': [link('a', 'b'), file('a')],
  'an absolute link': [link('a', '/etc/passwd')],
  'a link that goes up': [link('a', '../evil')],
  'a link that goes up after going down': [folder('a'), link('a/up', '..'), link('b', 'a/up/../..')],
  'a link with an empty target': [link('a', '')],
};
for (const [what, entries] of Object.entries(hostileListings))
  test(`${what} is refused`, () => {
    assert.throws(() => requireHarmless(entries, 'there'), MachineError);
  });

test('links that stay inside are let through', () => {
  const links = [link('a/b/up', '../f'), link('top', '.'), link('parent', './a/b')];
  requireHarmless([folder('a'), folder('a/b'), file('a/f'), ...links], 'there');
});

test('a machine that lies about its names makes nothing appear outside', async (t) => {
  const fixture = await transferFixture(t, (top) => new LyingHost(join(top, 'root')));
  await assert.rejects(fetchThere(fixture), MachineError);
  assert.deepEqual(await readdir(fixture.here), []);
});

class LyingHost extends LocalHost {
  constructor(root: string) {
    super({ root });
  }

  override python(program: Program, signal: AbortSignal): Promise<HostProcess> {
    const source = `
import json, struct, sys
def say(**message):
    payload = json.dumps(message).encode()
    sys.stdout.buffer.write(struct.pack(">cI", b"J", len(payload)) + payload)
sys.stdout.buffer.write(b"\\0trainyard transfer 1\\n")
say(event="entries", entries=[{"kind": "file", "path": "../evil", "mode": 420, "size": 4}])
say(event="end")
sys.stdout.flush()
sys.stdin.read()
`;
    return super.python({ ...program, source }, signal);
  }
}
