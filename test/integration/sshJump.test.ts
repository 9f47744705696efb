import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { ConnectionError, HostKeyError } from '../../src/errors.js';
import { resolveDestination } from '../../src/remote/ssh/sshConfig.js';
import { freePort, type Sshd, startSshd } from '../support/sshd.js';
import { evaluating, openSshHost, outputOf } from '../support/sshHost.js';
import { type CleanUp, tempDir } from '../support/tempDir.js';

const never = new AbortController().signal;

/** A home folder whose ssh_config reaches `inner` through `outer`. */
async function homeWithJump(t: CleanUp, inner: Sshd, outer: Sshd): Promise<string> {
  const home = await tempDir(t);
  await mkdir(join(home, '.ssh'));
  const config = `
Host inner
  HostName 127.0.0.1
  Port ${inner.port}
  User ${inner.user}
  IdentityFile ${inner.keyFile}
  ProxyJump outer
Host outer
  HostName 127.0.0.1
  Port ${outer.port}
  IdentityFile ${outer.keyFile}
Host *
  IdentitiesOnly yes
`;
  await writeFile(join(home, '.ssh', 'config'), config);
  return home;
}

test('an alias with a ProxyJump is reached through the jump host, both keys verified', async (t) => {
  const [inner, outer] = await Promise.all([startSshd(t), startSshd(t)]);
  const userHome = await homeWithJump(t, inner, outer);
  const endpoint = await resolveDestination('inner', { userHome, userName: outer.user });
  const pinFile = join(userHome, 'pins');
  const host = await openSshHost(t, endpoint, { pinFile });
  const process = await host.python(evaluating('os.path.expanduser("~")'), never);
  assert.equal(await outputOf(process), `${inner.home}\n`);
  assert.match(outer.log, /Accepted publickey/);
  assert.equal(await readFile(pinFile, 'utf8'), `${outer.knownHostsLine}\n${inner.knownHostsLine}\n`);
});

test('the loss of the jump host is the loss of what runs behind it', async (t) => {
  const [inner, outer] = await Promise.all([startSshd(t), startSshd(t)]);
  const host = await openSshHost(t, { ...inner.endpoint, via: outer.endpoint });
  const process = await host.python(evaluating('sys.stdin.read()'), never);
  await outer.cutConnections();
  process.stdout.resume();
  assert.equal((await process.exit).kind, 'lost');
  assert.equal(await outputOf(await host.python(evaluating('1'), never)), '1\n');
});

test('a jump host with a changed key refuses before the machine behind it is asked', async (t) => {
  const [inner, outer] = await Promise.all([startSshd(t), startSshd(t)]);
  const pinFile = join(await tempDir(t), 'pins');
  await writeFile(pinFile, `${outer.knownHostsLine}\n`);
  await outer.changeHostKey();
  const host = await openSshHost(t, { ...inner.endpoint, via: outer.endpoint }, { pinFile });
  await assert.rejects(host.python(evaluating('1'), never), HostKeyError);
  assert.doesNotMatch(inner.log, /Connection from/);
});

test('a machine that the jump host cannot reach is named', async (t) => {
  const outer = await startSshd(t);
  const port = await freePort();
  const host = await openSshHost(t, { ...outer.endpoint, port, via: outer.endpoint });
  await assert.rejects(
    host.python(evaluating('1'), never),
    (error) =>
      error instanceof ConnectionError &&
      error.phase === 'connect' &&
      error.message.includes(`does not let us through to 127.0.0.1:${port}`),
  );
});
