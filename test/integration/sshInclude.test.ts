import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { SshInclude } from '../../src/remote/ssh/sshInclude.js';
import { startSshd } from '../support/sshd.js';
import { tempDir, type CleanUp } from '../support/tempDir.js';

const run = promisify(execFile);

async function includeIn(t: CleanUp): Promise<{ include: SshInclude; userConfig: string; file: string }> {
  const folder = await tempDir(t);
  const userConfig = join(folder, '.ssh', 'config');
  const file = join(folder, 'a folder', 'ssh_config');
  return { include: new SshInclude({ file, userConfig }), userConfig, file };
}

describe('the machines of jobs in the user’s ssh configuration', () => {
  test('are reached by OpenSSH itself under their names, with their own keys', async (t) => {
    const sshd = await startSshd(t);
    const { include, userConfig, file } = await includeIn(t);
    const knownHosts = join(await tempDir(t), 'known hosts');
    await writeFile(knownHosts, `${sshd.knownHostsLine.replace(/^\S+/, 'vast-17')}\n`);
    const endpoint = { ...sshd.endpoint, identityAgent: 'none', hostKeyAlias: 'vast-17' };
    await include.include();
    await include.put({ alias: 'trainyard-digits-abc234', endpoint, knownHosts: [knownHosts] });
    const { stdout } = await run('ssh', ['-F', userConfig, 'trainyard-digits-abc234', 'echo', 'it', 'works']);
    assert.equal(stdout, 'it works\n');
    assert.equal((await stat(file)).mode & 0o777, 0o600);
  });

  test('are included once, before all else, and nothing of the user’s is changed', async (t) => {
    const { include, userConfig } = await includeIn(t);
    const target = `${userConfig}.shared`;
    await mkdir(join(userConfig, '..'), { recursive: true });
    await writeFile(target, 'Host gpu1\n    User me\n', { mode: 0o640 });
    await symlink(target, userConfig);
    assert.equal(await include.isIncluded(), false);
    await include.include();
    await include.include();
    assert.equal(await include.isIncluded(), true);
    assert.equal(await readFile(target, 'utf8'), `${include.line}\n\nHost gpu1\n    User me\n`);
    assert.equal((await stat(target)).mode & 0o777, 0o640);
  });

  test('go when their machines do, and are replaced when they come again', async (t) => {
    const { include, file } = await includeIn(t);
    const endpoint = { kind: 'ssh', host: '10.0.0.1', port: 22, user: 'root', identityFiles: [] } as const;
    for (const [alias, host] of [
      ['trainyard-a', '10.0.0.1'],
      ['trainyard-b', '10.0.0.2'],
      ['trainyard-a', '10.0.0.3'],
    ] as const) {
      await include.put({ alias, endpoint: { ...endpoint, host }, knownHosts: ['/k'] });
    }
    const hosts = async (): Promise<string[]> =>
      [...(await readFile(file, 'utf8')).matchAll(/^Host (\S+)\n {4}HostName (\S+)$/gm)].map(
        ([, alias, host]) => `${alias} ${host}`,
      );
    assert.deepEqual(await hosts(), ['trainyard-b 10.0.0.2', 'trainyard-a 10.0.0.3']);
    await include.keepOnly(new Set(['trainyard-b', 'trainyard-c']));
    assert.deepEqual(await hosts(), ['trainyard-b 10.0.0.2']);
  });
});
