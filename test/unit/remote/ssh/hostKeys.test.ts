import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { HostKeyError, InputError } from '../../../../src/errors.js';
import type { SshEndpoint } from '../../../../src/remote/host.js';
import { HostKeys, nameOf } from '../../../../src/remote/ssh/hostKeys.js';
import { hostKeyAlgorithms } from '../../../../src/remote/ssh/hostKeyAlgorithms.js';
import { fingerprintOf, keyType } from '../../../../src/remote/ssh/knownHosts.js';
import { type CleanUp, tempDir } from '../../../support/tempDir.js';

const gpu: SshEndpoint = { kind: 'ssh', host: 'gpu1', port: 22, user: 'alice', identityFiles: [] };

/** A key in SSH's wire format; two with different seeds differ. */
function key(seed: string, type = 'ssh-ed25519'): Buffer {
  const part = (bytes: Buffer): Buffer => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, bytes]);
  };
  return Buffer.concat([part(Buffer.from(type)), part(Buffer.from(seed.padEnd(32)))]);
}

const line = (host: string, blob: Buffer): string => `${host} ${keyType(blob)} ${blob.toString('base64')}\n`;

async function withFiles(
  t: CleanUp,
  files: { trusted?: string; pins?: string },
): Promise<{ hostKeys: HostKeys; pinFile: string; trusted: string; seen: string[] }> {
  const folder = await tempDir(t);
  const [trusted, pinFile] = [join(folder, 'trusted'), join(folder, 'pins')];
  if (files.trusted !== undefined) await writeFile(trusted, files.trusted);
  if (files.pins !== undefined) await writeFile(pinFile, files.pins);
  const seen: string[] = [];
  const onFirstSight = (fingerprint: string): void => void seen.push(fingerprint);
  return {
    hostKeys: new HostKeys({ trustedFiles: [trusted], pinFile, onFirstSight }),
    pinFile,
    trusted,
    seen,
  };
}

test('a machine has a name of its own for each port and alias', () => {
  assert.equal(nameOf({ ...gpu, host: 'GPU1' }), 'gpu1');
  assert.equal(nameOf({ ...gpu, port: 2222 }), '[gpu1]:2222');
  assert.equal(nameOf({ ...gpu, port: 2222, hostKeyAlias: 'pool' }), 'pool');
});

test('plain, listed, wildcard and hashed lines are about a machine', async (t) => {
  const salt = Buffer.from('0123456789abcdefghij');
  const hash = createHmac('sha1', salt).update('gpu1').digest('base64');
  for (const host of [
    'gpu1',
    'other,gpu1,10.0.0.1',
    'gpu*',
    'GPU?',
    `|1|${salt.toString('base64')}|${hash}`,
  ]) {
    const { hostKeys, seen } = await withFiles(t, { trusted: line(host, key('a')) });
    await hostKeys.verify(gpu, key('a'));
    await assert.rejects(hostKeys.verify(gpu, key('b')), HostKeyError);
    assert.deepEqual(seen, [], host);
  }
});

test('lines about others, authorities, comments and rubbish are passed over', async (t) => {
  const trusted = [
    '# gpu1 ssh-ed25519 AAAA',
    '',
    'gpu1',
    line('gpu10', key('b')).trim(),
    line('gpu*,!gpu1', key('b')).trim(),
    `@cert-authority ${line('gpu1', key('b')).trim()}`,
    `|2|unknown|format ssh-ed25519 AAAA`,
  ].join('\r\n');
  const { hostKeys, seen } = await withFiles(t, { trusted });
  await hostKeys.verify(gpu, key('a'));
  assert.deepEqual(seen, [fingerprintOf(key('a'))]);
});

test('a pinned key is kept beside those of other machines, in a file that is only ours', async (t) => {
  const { hostKeys, pinFile } = await withFiles(t, { pins: line('other', key('b')).trim() });
  await hostKeys.verify(gpu, key('a'));
  assert.equal(await readFile(pinFile, 'utf8'), line('other', key('b')) + line('gpu1', key('a')));
  assert.deepEqual((await readdir(join(pinFile, '..'))).sort(), ['pins']);
});

test('several keys of one machine are all good', async (t) => {
  const trusted = line('gpu1', key('a')) + line('gpu1', key('r', 'ssh-rsa'));
  const { hostKeys } = await withFiles(t, { trusted });
  await hostKeys.verify(gpu, key('a'));
  await hostKeys.verify(gpu, key('r', 'ssh-rsa'));
  assert.deepEqual(await hostKeys.knownTypes(gpu), ['ssh-ed25519', 'ssh-rsa']);
});

test('a key listed for the host at no port is good at any port, but does not forbid another', async (t) => {
  const { hostKeys, seen } = await withFiles(t, { trusted: line('gpu1', key('a')) });
  await hostKeys.verify({ ...gpu, port: 2222 }, key('a'));
  assert.deepEqual(seen, []);
  await hostKeys.verify({ ...gpu, port: 3333 }, key('b'));
  assert.deepEqual(seen, [fingerprintOf(key('b'))]);
});

test('a key listed for the port forbids another that is listed for the host alone', async (t) => {
  const { hostKeys } = await withFiles(t, {
    trusted: line('gpu1', key('b')) + line('[gpu1]:2222', key('a')),
  });
  await assert.rejects(hostKeys.verify({ ...gpu, port: 2222 }, key('b')), HostKeyError);
});

test('a refusal says where each known key is kept', async (t) => {
  const files = await withFiles(t, { trusted: `\n${line('gpu1', key('a'))}`, pins: line('gpu1', key('b')) });
  await assert.rejects(files.hostKeys.verify(gpu, key('c')), (error) => {
    assert.ok(error instanceof HostKeyError);
    assert.ok(error.message.includes(`${fingerprintOf(key('a'))} (ssh-ed25519, ${files.trusted} line 2)`));
    assert.ok(error.message.includes(`${fingerprintOf(key('b'))} (ssh-ed25519, ${files.pinFile} line 1)`));
    assert.equal(error.fingerprints.received, fingerprintOf(key('c')));
    return true;
  });
  assert.deepEqual(files.seen, []);
});

test('two first sights at once pin one key and refuse the other', async (t) => {
  const { hostKeys, seen } = await withFiles(t, {});
  const verdicts = await Promise.allSettled([hostKeys.verify(gpu, key('a')), hostKeys.verify(gpu, key('b'))]);
  assert.deepEqual(
    verdicts.map(({ status }) => status),
    ['fulfilled', 'rejected'],
  );
  assert.deepEqual(seen, [fingerprintOf(key('a'))]);
});

test('a key learnt beforehand is the only one accepted', async (t) => {
  const { hostKeys } = await withFiles(t, {});
  await hostKeys.pin(gpu, key('a'));
  await assert.rejects(hostKeys.verify(gpu, key('b')), HostKeyError);
});

test('a pin file that cannot be written refuses the machine', async (t) => {
  const folder = await tempDir(t);
  const pinFile = join(folder, 'file', 'pins');
  await mkdir(pinFile, { recursive: true });
  const hostKeys = new HostKeys({ trustedFiles: [], pinFile });
  await assert.rejects(hostKeys.verify(gpu, key('a')), InputError);
});

test('known key types are asked for first, and none is left out', () => {
  const asked = hostKeyAlgorithms(['ssh-rsa', 'ssh-dss']);
  assert.deepEqual(asked.slice(0, 3), ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa']);
  assert.deepEqual([...asked].sort(), [...hostKeyAlgorithms([])].sort());
  assert.equal(hostKeyAlgorithms([])[0], 'ssh-ed25519');
});
