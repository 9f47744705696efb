import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { InputError } from '../../../../src/errors.js';
import {
  listHostAliases,
  resolveDestination,
  type SshConfigOptions,
} from '../../../../src/remote/ssh/sshConfig.js';
import { type CleanUp, tempDir } from '../../../support/tempDir.js';

/** A home folder with these files below `.ssh`. */
async function home(t: CleanUp, files: Readonly<Record<string, string>>): Promise<SshConfigOptions> {
  const userHome = await tempDir(t);
  for (const [name, text] of Object.entries(files)) {
    const file = join(userHome, '.ssh', name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
  return { userHome, userName: 'me' };
}

test('without a configuration a destination is taken as it is', async (t) => {
  const options = await home(t, {});
  assert.deepEqual(await resolveDestination('alice@gpu1:2222', options), {
    kind: 'ssh',
    host: 'gpu1',
    port: 2222,
    user: 'alice',
    identityFiles: [],
  });
  assert.equal((await resolveDestination('gpu1', options)).user, 'me');
});

test('an alias gets all that the configuration says of it', async (t) => {
  const config = `
Host gpu
  HostName gpu1.example.com
  Port 2222
  User alice
  IdentityFile ~/.ssh/work
  IdentitiesOnly yes
  HostKeyAlias pool
  IdentityAgent "~/agent socket"
`;
  const options = await home(t, { config, work: '' });
  assert.deepEqual(await resolveDestination('gpu', options), {
    kind: 'ssh',
    host: 'gpu1.example.com',
    port: 2222,
    user: 'alice',
    identityFiles: [join(options.userHome, '.ssh', 'work')],
    identitiesOnly: true,
    hostKeyAlias: 'pool',
    identityAgent: join(options.userHome, 'agent socket'),
  });
});

test('what the user writes wins over the configuration, whose first word wins over later ones', async (t) => {
  const config = 'Host gpu\n  User alice\n  Port 2222\nHost *\n  User bob\n  Port 3333\n';
  const options = await home(t, { config });
  const named = await resolveDestination('carol@gpu:4444', options);
  assert.deepEqual([named.user, named.port], ['carol', 4444]);
  const plain = await resolveDestination('gpu', options);
  assert.deepEqual([plain.user, plain.port], ['alice', 2222]);
  const other = await resolveDestination('other', options);
  assert.deepEqual([other.user, other.port], ['bob', 3333]);
});

test('patterns and their exclusions decide which hosts are meant', async (t) => {
  const config = 'Host gpu? *.lab !bad.lab\n  User alice\n';
  const options = await home(t, { config });
  const users = await Promise.all(
    ['gpu1', 'gpu12', 'good.lab', 'bad.lab', 'GPU1'].map((name) => resolveDestination(name, options)),
  );
  assert.deepEqual(
    users.map(({ user }) => user),
    ['alice', 'me', 'alice', 'me', 'alice'],
  );
});

test('keywords may be in any case, with an equals sign, quoted and commented', async (t) => {
  const config = '# mine\nhost=gpu\n\tHOSTNAME "gpu1.example.com" # the big one\n\tport = 2222\n';
  const options = await home(t, { config });
  const endpoint = await resolveDestination('gpu', options);
  assert.deepEqual([endpoint.host, endpoint.port], ['gpu1.example.com', 2222]);
});

test('tokens in paths and names are filled in', async (t) => {
  const config =
    'Host gpu\n  HostName %h.example.com\n  IdentityFile %d/.ssh/%u-%r-%h-%p-100%%\n  User alice\n';
  const key = 'me-alice-gpu.example.com-22-100%';
  const options = await home(t, { config, [key]: '' });
  const endpoint = await resolveDestination('gpu', options);
  assert.equal(endpoint.host, 'gpu.example.com');
  assert.deepEqual(endpoint.identityFiles, [join(options.userHome, '.ssh', key)]);
});

test("all key files count, the user's own first, and those that do not exist are passed over", async (t) => {
  const config =
    'Host gpu\n  IdentityFile ~/.ssh/a\n  IdentityFile ~/.ssh/gone\nHost *\n  IdentityFile ~/.ssh/b\n  IdentityFile none\n';
  const options = await home(t, { config, a: '', b: '' });
  const { identityFiles } = await resolveDestination('gpu', options, ['/keys/mine']);
  const ssh = join(options.userHome, '.ssh');
  assert.deepEqual(identityFiles, ['/keys/mine', join(ssh, 'a'), join(ssh, 'b')]);
});

test('included files count where they are included, by name, pattern and relative path', async (t) => {
  const options = await home(t, {
    config: 'Include conf.d/*.conf nowhere\nHost gpu\n  Include ~/.ssh/inner\n  User late\n',
    'conf.d/10-first.conf': 'Host gpu\n  Port 2222\n',
    'conf.d/20-second.conf': 'Host gpu\n  Port 3333\n  HostName gpu1\n',
    'conf.d/.hidden.conf': 'Host *\n  HostName hidden\n',
    inner: 'User alice\nHost other\n  HostName wrong\n',
  });
  const gpu = await resolveDestination('gpu', options);
  assert.deepEqual([gpu.host, gpu.port, gpu.user], ['gpu1', 2222, 'alice']);
  const other = await resolveDestination('other', options);
  assert.deepEqual([other.host, other.user], ['other', 'me']);
});

test('a file that includes itself comes to an end', async (t) => {
  const options = await home(t, { config: 'Include config\nHost gpu\n  User alice\n' });
  assert.equal((await resolveDestination('gpu', options)).user, 'alice');
});

test('Match lines count by host, original host and user; what would run a program does not', async (t) => {
  const config = `
Host gpu
  HostName gpu1.lab
Match host *.lab !user root
  User alice
Match originalhost gpu user alice
  Port 2222
Match exec "true"
  HostName executed
Match all
  HostKeyAlias everything
`;
  const options = await home(t, { config });
  const endpoint = await resolveDestination('gpu', options);
  assert.deepEqual(
    [endpoint.host, endpoint.user, endpoint.port, endpoint.hostKeyAlias],
    ['gpu1.lab', 'alice', 2222, 'everything'],
  );
});

test('jumps are resolved one behind the other, each by its own entry', async (t) => {
  const config = `
Host gpu
  ProxyJump alice@door:2222,hall
Host hall
  HostName hall.lab
  ProxyJump elsewhere
Host direct
  ProxyJump none
`;
  const options = await home(t, { config });
  const jump = (host: string, rest: object = {}): object => ({
    kind: 'ssh',
    host,
    port: 22,
    user: 'me',
    identityFiles: [],
    ...rest,
  });
  const door = jump('door', { user: 'alice', port: 2222 });
  const resolve = async (alias: string): Promise<unknown> => (await resolveDestination(alias, options)).via;
  assert.deepEqual(await resolve('gpu'), jump('hall.lab', { via: door }));
  assert.deepEqual(await resolve('hall'), jump('elsewhere'));
  assert.equal(await resolve('direct'), undefined);
});

for (const [what, config, message] of [
  [
    'a jump that leads in a circle',
    'Host gpu\n  ProxyJump door\nHost door\n  ProxyJump gpu\n',
    /in a circle/,
  ],
  ['a ProxyCommand', 'Host gpu\n  ProxyCommand nc %h %p\n', /Use ProxyJump/],
  ['a port that is no number', 'Host gpu\n  Port ssh\n', /the port "ssh"/],
  ['a jump that names no machine', 'Host gpu\n  ProxyJump "a b"\n', /"a b" does not name a machine/],
  ['a file that is not well formed', 'Host "gpu\n', /config is not well formed/],
] as const) {
  test(`${what} is refused`, async (t) => {
    const options = await home(t, { config });
    await assert.rejects(
      resolveDestination('gpu', options),
      (error) => error instanceof InputError && message.test(error.message),
    );
  });
}

test('the aliases are the hosts that are named one by one', async (t) => {
  const options = await home(t, {
    config: 'Include more\nHost gpu1 gpu2 !gpu3\nHost *.lab gpu? *\nMatch host x\nHost gpu1\n',
    more: 'Host first\n',
  });
  assert.deepEqual(await listHostAliases(options), ['first', 'gpu1', 'gpu2']);
});
