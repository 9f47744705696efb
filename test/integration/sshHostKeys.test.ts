import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { HostKeyError } from '../../src/errors.js';
import { type Sshd, startSshd } from '../support/sshd.js';
import { evaluating, openSshHost, outputOf, type TestHostOptions } from '../support/sshHost.js';
import { fingerprintOfLine, makeSshKey } from '../support/sshKeys.js';
import { type CleanUp, tempDir } from '../support/tempDir.js';

const run = promisify(execFile);
const never = new AbortController().signal;

/** A fresh host each time: nothing is remembered but in files. */
async function logIn(t: CleanUp, sshd: Sshd, options: TestHostOptions): Promise<void> {
  const host = await openSshHost(t, sshd.endpoint, options);
  await outputOf(await host.python(evaluating('42'), never));
}

async function knownHosts(t: CleanUp, text: string): Promise<string> {
  const file = join(await tempDir(t), 'known_hosts');
  await writeFile(file, text);
  return file;
}

test('the first sight of a machine pins its key and says the fingerprint', async (t) => {
  const sshd = await startSshd(t);
  const pinFile = join(await tempDir(t), 'new folder', 'known_hosts');
  const seen: string[] = [];
  const onFirstSight = (fingerprint: string): void => void seen.push(fingerprint);
  await logIn(t, sshd, { pinFile, onFirstSight });
  await logIn(t, sshd, { pinFile, onFirstSight });
  assert.deepEqual(seen, [sshd.fingerprint]);
  assert.equal(await readFile(pinFile, 'utf8'), `${sshd.knownHostsLine}\n`);
});

test('two connections that meet a machine at the same time pin one key', async (t) => {
  const sshd = await startSshd(t);
  const pinFile = join(await tempDir(t), 'known_hosts');
  const host = await openSshHost(t, sshd.endpoint, { pinFile });
  const answers = await Promise.all([1, 2, 3].map(() => host.python(evaluating('42'), never)));
  await Promise.all(answers.map(outputOf));
  assert.equal(await readFile(pinFile, 'utf8'), `${sshd.knownHostsLine}\n`);
});

test("a machine in the user's known_hosts is not pinned again", async (t) => {
  const sshd = await startSshd(t);
  const trusted = await knownHosts(t, `# mine\nother ssh-ed25519 AAAA\n${sshd.knownHostsLine} comment\n`);
  const seen: string[] = [];
  await logIn(t, sshd, {
    trustedFiles: [trusted],
    onFirstSight: (fingerprint) => void seen.push(fingerprint),
  });
  assert.deepEqual(seen, []);
});

test('a known_hosts that ssh-keygen has hashed is understood', async (t) => {
  const sshd = await startSshd(t);
  const trusted = await knownHosts(t, `${sshd.knownHostsLine}\n`);
  await run('ssh-keygen', ['-q', '-H', '-f', trusted]);
  assert.match(await readFile(trusted, 'utf8'), /^\|1\|/);
  const seen: string[] = [];
  await logIn(t, sshd, {
    trustedFiles: [trusted],
    onFirstSight: (fingerprint) => void seen.push(fingerprint),
  });
  assert.deepEqual(seen, []);

  await sshd.changeHostKey();
  await assert.rejects(logIn(t, sshd, { trustedFiles: [trusted] }), HostKeyError);
});

test('a changed key refuses before anything is sent and names both fingerprints', async (t) => {
  const sshd = await startSshd(t);
  const pinFile = join(await tempDir(t), 'known_hosts');
  await logIn(t, sshd, { pinFile });
  const expected = sshd.fingerprint;
  await sshd.changeHostKey();
  const before = sshd.log.length;

  await assert.rejects(logIn(t, sshd, { pinFile }), (error) => {
    assert.ok(error instanceof HostKeyError);
    assert.deepEqual(error.fingerprints, { expected: [expected], received: sshd.fingerprint });
    assert.ok(error.message.includes(`it shows ${sshd.fingerprint} (ssh-ed25519)`));
    assert.ok(error.message.includes(`known is ${expected} (ssh-ed25519, ${pinFile} line 1)`));
    assert.ok(error.message.includes(`ssh-keygen -R "[127.0.0.1]:${sshd.port}" -f "${pinFile}"`));
    return true;
  });
  await sshd.restart();
  const log = sshd.log.slice(before);
  assert.match(log, /Connection from 127\.0\.0\.1/);
  assert.doesNotMatch(log, /publickey|Accepted|Failed|user/i);
});

test('after the advice of the message the new key is pinned', async (t) => {
  const sshd = await startSshd(t);
  const pinFile = join(await tempDir(t), 'known_hosts');
  await logIn(t, sshd, { pinFile });
  await sshd.changeHostKey();
  await run('ssh-keygen', ['-R', `[127.0.0.1]:${sshd.port}`, '-f', pinFile]);
  await logIn(t, sshd, { pinFile });
  assert.equal(await readFile(pinFile, 'utf8'), `${sshd.knownHostsLine}\n`);
});

test('of several host keys the one of a known type is asked for', async (t) => {
  const rsa = join(await tempDir(t), 'host_rsa');
  const line = await makeSshKey(rsa, { type: 'rsa' });
  const sshd = await startSshd(t, { config: [`HostKey ${rsa}`] });
  const [type, key] = line.split(' ');
  const trusted = await knownHosts(t, `[127.0.0.1]:${sshd.port} ${type} ${key}\n`);
  const seen: string[] = [];
  await logIn(t, sshd, {
    trustedFiles: [trusted],
    onFirstSight: (fingerprint) => void seen.push(fingerprint),
  });
  assert.deepEqual(seen, []);
});

test('a key of another type than the known one is refused', async (t) => {
  const sshd = await startSshd(t);
  const line = await makeSshKey(join(await tempDir(t), 'other'), { type: 'ecdsa' });
  const [type, key] = line.split(' ');
  const trusted = await knownHosts(t, `[127.0.0.1]:${sshd.port} ${type} ${key}\n`);
  await assert.rejects(
    logIn(t, sshd, { trustedFiles: [trusted] }),
    (error) => error instanceof HostKeyError && error.fingerprints.expected[0] === fingerprintOfLine(line),
  );
});

test('a revoked key is refused even when it is also listed as known', async (t) => {
  const sshd = await startSshd(t);
  const [, type, key] = sshd.knownHostsLine.split(' ');
  const trusted = await knownHosts(t, `${sshd.knownHostsLine}\n@revoked * ${type} ${key}\n`);
  await assert.rejects(
    logIn(t, sshd, { trustedFiles: [trusted] }),
    (error) => error instanceof HostKeyError && error.message.includes(`revoked in ${trusted} line 2`),
  );
});
