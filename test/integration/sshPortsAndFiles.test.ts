import assert from 'node:assert/strict';
import { mkdir, realpath, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { ConnectionError, InputError, MachineError, NotFoundError } from '../../src/errors.js';
import { silentLogger } from '../../src/logger.js';
import { PortForward } from '../../src/remote/portForward.js';
import type { SshHost } from '../../src/remote/ssh/sshHost.js';
import { openSshHost } from '../support/sshHost.js';
import { freePort, startSshd } from '../support/sshd.js';
import type { CleanUp } from '../support/tempDir.js';
import { waitFor } from '../support/waitFor.js';
import { webPage } from '../support/webPage.js';

const never = new AbortController().signal;

async function forward(t: CleanUp, host: SshHost, port: number): Promise<PortForward> {
  const connect = (signal: AbortSignal): ReturnType<SshHost['connectTo']> => host.connectTo(port, signal);
  const opened = await PortForward.open({ port, connect, logger: silentLogger }, never);
  t.after(() => {
    opened.dispose();
    return Promise.resolve();
  });
  return opened;
}

const ask = async (port: number): Promise<string> =>
  (await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } })).text();

describe('a port of a machine', () => {
  test('is reached through our connection, also after it was lost', async (t) => {
    const sshd = await startSshd(t);
    const port = await webPage(t, 'a page of the machine');
    const opened = await forward(t, await openSshHost(t, sshd.endpoint), port);
    assert.notEqual(opened.localPort, port, 'the port is taken here, so another one is used');
    assert.equal(await ask(opened.localPort), 'a page of the machine');
    await sshd.cutConnections();
    assert.equal(await waitFor('the page', () => ask(opened.localPort)), 'a page of the machine');
    opened.dispose();
    await assert.rejects(ask(opened.localPort));
  });

  test('may be opened before its program listens, and is the same one here where it is free', async (t) => {
    const sshd = await startSshd(t);
    const port = await freePort();
    const opened = await forward(t, await openSshHost(t, sshd.endpoint), port);
    // Nobody asks it: the machine is this computer, so that it would lead to itself.
    assert.equal(opened.localPort, port);
  });

  test('is refused in a sentence where the server allows no forwarding', async (t) => {
    const sshd = await startSshd(t, { config: ['AllowTcpForwarding no'] });
    const port = await webPage(t, 'a page of the machine');
    const host = await openSshHost(t, sshd.endpoint);
    await assert.rejects(
      forward(t, host, port),
      (error) => error instanceof MachineError && error.message.includes('Set AllowTcpForwarding yes'),
    );
  });

  test('is not opened on a machine that cannot be reached', async (t) => {
    const sshd = await startSshd(t);
    const host = await openSshHost(t, { ...sshd.endpoint, port: await freePort() });
    await assert.rejects(forward(t, host, 6006), ConnectionError);
  });
});

describe('the files of a machine', () => {
  test('are listed, looked at and read by SFTP', async (t) => {
    const sshd = await startSshd(t);
    const run = join(sshd.home, '.trainyard', 'runs', 'digits-abc234');
    await mkdir(join(run, 'output'), { recursive: true });
    await writeFile(join(run, 'a "b" $c.txt'), 'hello');
    await symlink('nowhere', join(run, 'broken'));
    await symlink('output', join(run, 'results'));
    const files = await (await openSshHost(t, sshd.endpoint)).files(never);
    t.after(() => {
      files.dispose();
      return Promise.resolve();
    });

    const folder = await files.absolute('~/.trainyard/runs/digits-abc234');
    assert.equal(folder, await realpath(run));
    const listed = [...(await files.list(folder))].sort((a, b) => a.name.localeCompare(b.name));
    assert.deepEqual(
      listed.map(({ name, kind, isLink }) => [name, kind, isLink]),
      [
        ['a "b" $c.txt', 'file', false],
        ['broken', 'other', true],
        ['output', 'folder', false],
        ['results', 'folder', true],
      ],
    );
    assert.equal((await files.look(`${folder}/a "b" $c.txt`)).bytes, 5);
    assert.equal(Buffer.concat(await files.read(`${folder}/a "b" $c.txt`).toArray()).toString(), 'hello');
    await assert.rejects(files.look(`${folder}/missing`), NotFoundError);
    await assert.rejects(
      files.list(`${folder}/a "b" $c.txt`),
      (error) => error instanceof InputError || error instanceof NotFoundError,
    );
  });

  test('say when the connection is lost, and come back with the next use of the host', async (t) => {
    const sshd = await startSshd(t);
    const host = await openSshHost(t, sshd.endpoint);
    const files = await host.files(never);
    await sshd.cutConnections();
    await waitFor('the loss', () => !files.isOpen);
    await assert.rejects(files.look('/'), ConnectionError);
    assert.equal((await (await host.files(never)).look('/')).kind, 'folder');
  });

  test('are refused in a sentence by a server without SFTP', async (t) => {
    const sshd = await startSshd(t, { sftp: 'absent' });
    const host = await openSshHost(t, sshd.endpoint);
    await assert.rejects(
      host.files(never),
      (error) => error instanceof MachineError && error.message.includes('offers no SFTP'),
    );
  });
});
