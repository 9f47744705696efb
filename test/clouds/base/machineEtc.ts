import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makeSshKey } from '../../support/sshKeys.js';

const run = promisify(execFile);

export interface EtcOptions {
  readonly user: string;
  readonly home: string;
  readonly withPassword: boolean;
  /** What programs are found by in a login. */
  readonly searchPath: string;
}

/** Folders of this computer's `/etc` that go into a machine's; the rest is nothing a training needs. */
const copied = ['default', 'ld.so.conf.d', 'profile.d', 'skel'];
/** The same, read-only, for being large. */
export const boundEtc = ['/etc/alternatives', '/etc/ca-certificates', '/etc/ssl', '/etc/terminfo'];

/**
 * Fills `/etc` of a machine: what programs need of this computer's, with users, passwords, SSH server and host key of
 * its own.
 * @returns the host key's public line
 */
export async function makeEtc(etc: string, options: EtcOptions): Promise<string> {
  const entries = await readdir('/etc', { withFileTypes: true });
  const wanted = entries.filter((entry) => !entry.isDirectory() || copied.includes(entry.name));
  await run('cp', ['-a', '-t', etc, '--', ...wanted.map(({ name }) => join('/etc', name))]);
  const [hostKeyLine] = await Promise.all([
    makeSshServer(join(etc, 'ssh'), options),
    writeUsers(etc, options),
    writeResolver(etc),
  ]);
  return hostKeyLine;
}

/** All system users of this computer, because sshd has one; no passwords. Whoever logs in is uid 0. */
async function writeUsers(etc: string, { user, home }: EtcOptions): Promise<void> {
  const shell = existsSync('/bin/bash') ? '/bin/bash' : '/bin/sh';
  const own = new Map([
    ['root', `root:x:0:0:root:/root:${shell}`],
    [user, `${user}:x:0:0:${user}:${home}:${shell}`],
  ]);
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n').filter((line) => line !== '');
  const others = lines.filter((line) => !own.has(nameOf(line)));
  const passwd = [...own.values(), ...others];
  await writeFile(join(etc, 'passwd'), `${passwd.join('\n')}\n`);
  const shadow = passwd.map((line) => `${nameOf(line)}:*:20000:0:99999:7:::`);
  await rm(join(etc, 'shadow'), { force: true });
  await writeFile(join(etc, 'shadow'), `${shadow.join('\n')}\n`, { mode: 0o600 });
}

function nameOf(passwdLine: string): string {
  return passwdLine.split(':', 1)[0] ?? '';
}

/** Often a link into /run, which is the machine's own. */
async function writeResolver(etc: string): Promise<void> {
  if (!existsSync('/etc/resolv.conf')) return;
  const text = await readFile(await realpath('/etc/resolv.conf'));
  await rm(join(etc, 'resolv.conf'), { force: true });
  await writeFile(join(etc, 'resolv.conf'), text);
}

async function makeSshServer(folder: string, options: EtcOptions): Promise<string> {
  await mkdir(folder);
  await writeFile(join(folder, 'sshd_config'), sshdConfig(options));
  return makeSshKey(join(folder, 'ssh_host_ed25519_key'));
}

function sshdConfig({ user, searchPath, withPassword }: EtcOptions): string {
  return [
    'HostKey /etc/ssh/ssh_host_ed25519_key',
    'AuthorizedKeysFile .ssh/authorized_keys',
    `AllowUsers ${user}`,
    `PasswordAuthentication ${withPassword ? 'yes' : 'no'}`,
    `SetEnv "PATH=${searchPath}"`,
    'PidFile /run/sshd.pid',
    // Whoever logs in is uid 0.
    'PermitRootLogin yes',
    'StrictModes no',
    'UsePAM no',
    'UseDNS no',
    'KbdInteractiveAuthentication no',
    'PrintMotd no',
    'PrintLastLog no',
    'MaxStartups 100',
    'LogLevel VERBOSE',
    '',
  ].join('\n');
}
