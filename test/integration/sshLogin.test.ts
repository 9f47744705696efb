import assert from 'node:assert/strict';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { AuthError, InputError } from '../../src/errors.js';
import type { SshEndpoint } from '../../src/remote/host.js';
import { startSshAgent } from '../support/sshAgent.js';
import { type Sshd, startSshd } from '../support/sshd.js';
import { evaluating, openSshHost, outputOf, type TestHostOptions } from '../support/sshHost.js';
import { lockSshKey, makeSshKey, type SshKeyOptions } from '../support/sshKeys.js';
import { type CleanUp, tempDir } from '../support/tempDir.js';

const never = new AbortController().signal;

/** Logs in and runs a program; what it says proves both. */
async function answer(t: CleanUp, endpoint: SshEndpoint, options?: TestHostOptions): Promise<string> {
  const host = await openSshHost(t, endpoint, options);
  const process = await host.python(evaluating('6 * 7'), never);
  return (await outputOf(process)).trim();
}

/** A key that the server lets in, and the endpoint that uses it. */
async function withKey(t: CleanUp, sshd: Sshd, options: SshKeyOptions): Promise<SshEndpoint> {
  const file = join(await tempDir(t), 'key');
  await sshd.authorize(await makeSshKey(file, options));
  return { ...sshd.endpoint, identityFiles: [file] };
}

test('an ed25519 key logs in', async (t) => {
  const sshd = await startSshd(t);
  assert.equal(await answer(t, sshd.endpoint), '42');
});

for (const options of [
  { type: 'rsa' },
  { type: 'rsa', format: 'PEM' },
  { type: 'ecdsa' },
  { type: 'ecdsa', format: 'PEM' },
] as const) {
  test(`an ${options.type} key logs in (${'format' in options ? options.format : 'OpenSSH'})`, async (t) => {
    const sshd = await startSshd(t);
    assert.equal(await answer(t, await withKey(t, sshd, options)), '42');
  });
}

for (const options of [
  { type: 'ed25519', passphrase: 'open sesame' },
  { type: 'rsa', format: 'PEM', passphrase: 'open sesame' },
] as const) {
  test(`a locked ${options.type} key asks for its passphrase, and again after a wrong one`, async (t) => {
    const sshd = await startSshd(t);
    const endpoint = await withKey(t, sshd, options);
    const answers = ['wrong one', 'open sesame'];
    const asked: string[] = [];
    const askPassphrase = (file: string): Promise<string | undefined> => {
      asked.push(file);
      return Promise.resolve(answers.shift());
    };
    assert.equal(await answer(t, endpoint, { askPassphrase }), '42');
    assert.deepEqual(asked, [endpoint.identityFiles[0], endpoint.identityFiles[0]]);
  });
}

test('nobody is asked for a passphrase when the server would not take the key', async (t) => {
  const sshd = await startSshd(t);
  const file = join(await tempDir(t), 'locked');
  await makeSshKey(file, { passphrase: 'open sesame' });
  let asked = 0;
  const endpoint = { ...sshd.endpoint, identityFiles: [file, sshd.keyFile] };
  const askPassphrase = (): Promise<undefined> => {
    asked += 1;
    return Promise.resolve(undefined);
  };
  assert.equal(await answer(t, endpoint, { askPassphrase }), '42');
  assert.equal(asked, 0);
});

test('a passphrase that is not given refuses the login and says which key is locked', async (t) => {
  const sshd = await startSshd(t);
  const endpoint = await withKey(t, sshd, { passphrase: 'open sesame' });
  const file = endpoint.identityFiles[0] ?? '';
  await assert.rejects(
    answer(t, endpoint, { askPassphrase: () => Promise.resolve(undefined) }),
    (error) => error instanceof AuthError && error.message.includes(`${file} stays locked`),
  );
  await assert.rejects(
    answer(t, endpoint),
    (error) => error instanceof AuthError && error.message.includes(`ssh-add ${file}`),
  );
});

test('a wrong key is refused with user, machine and key named', async (t) => {
  const sshd = await startSshd(t);
  const file = join(await tempDir(t), 'stranger');
  await makeSshKey(file);
  await assert.rejects(answer(t, { ...sshd.endpoint, identityFiles: [file] }), (error) => {
    assert.ok(error instanceof AuthError);
    assert.ok(
      error.message.startsWith(`127.0.0.1:${sshd.port} refused the login of ${sshd.user} with ${file}.`),
    );
    return true;
  });
});

test('too many wrong keys are a refused login, not a broken connection', async (t) => {
  const sshd = await startSshd(t, { config: ['MaxAuthTries 2'] });
  const folder = await tempDir(t);
  const identityFiles = [1, 2, 3, 4].map((number) => join(folder, `stranger${number}`));
  await Promise.all(identityFiles.map((file) => makeSshKey(file)));
  await assert.rejects(answer(t, { ...sshd.endpoint, identityFiles }), AuthError);
});

test('a key in the agent logs in', async (t) => {
  const sshd = await startSshd(t);
  const agent = await startSshAgent(t);
  await agent.add(sshd.keyFile);
  const endpoint = { ...sshd.endpoint, identityFiles: [], identitiesOnly: false };
  assert.equal(await answer(t, endpoint, { env: { SSH_AUTH_SOCK: agent.socket } }), '42');
  assert.equal(await answer(t, { ...endpoint, identityAgent: agent.socket }), '42');
});

for (const type of ['rsa', 'ecdsa'] as const) {
  test(`a locked ${type} key that the agent holds needs no passphrase`, async (t) => {
    const sshd = await startSshd(t);
    const endpoint = await withKey(t, sshd, { type });
    const agent = await startSshAgent(t);
    const file = endpoint.identityFiles[0] ?? '';
    await agent.add(file);
    await lockSshKey(file, 'open sesame');
    assert.equal(await answer(t, endpoint, { env: { SSH_AUTH_SOCK: agent.socket } }), '42');
  });
}

test('an agent that is gone does not stand in the way of a key file', async (t) => {
  const sshd = await startSshd(t);
  const socket = join(await tempDir(t), 'no-agent');
  assert.equal(await answer(t, sshd.endpoint, { env: { SSH_AUTH_SOCK: socket } }), '42');
});

test('without any key the login is not tried', async (t) => {
  const sshd = await startSshd(t);
  await assert.rejects(
    answer(t, { ...sshd.endpoint, identityFiles: [] }),
    (error) => error instanceof AuthError && error.message.startsWith('There is no key to log in to'),
  );
});

test('a key file that does not exist is named', async (t) => {
  const sshd = await startSshd(t);
  const file = join(await tempDir(t), 'nowhere');
  await assert.rejects(
    answer(t, { ...sshd.endpoint, identityFiles: [file] }),
    (error) =>
      error instanceof InputError && error.message.startsWith(`The key file ${file} does not exist.`),
  );
});

test('a key file that others can read is refused with the remedy', async (t) => {
  const sshd = await startSshd(t);
  await chmod(sshd.keyFile, 0o644);
  await assert.rejects(
    answer(t, sshd.endpoint),
    (error) => error instanceof InputError && error.message.includes(`chmod 600 ${sshd.keyFile}`),
  );
});

test('a file that holds no private key is refused with the remedy', async (t) => {
  const sshd = await startSshd(t);
  await chmod(`${sshd.keyFile}.pub`, 0o600);
  await assert.rejects(
    answer(t, { ...sshd.endpoint, identityFiles: [`${sshd.keyFile}.pub`] }),
    (error) => error instanceof InputError && error.message.includes('is not a private key'),
  );
});
