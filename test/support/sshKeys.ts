import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface SshKeyOptions {
  readonly type?: 'ed25519' | 'ecdsa' | 'rsa';
  readonly passphrase?: string;
  /** PEM is what OpenSSH wrote before 7.8 and clouds still hand out; not for ed25519. */
  readonly format?: 'RFC4716' | 'PEM';
}

/** Makes `file` and `file.pub` with OpenSSH's own ssh-keygen. Gives back the public line. */
export async function makeSshKey(file: string, options: SshKeyOptions = {}): Promise<string> {
  const { type = 'ed25519', passphrase = '', format = 'RFC4716' } = options;
  await run('ssh-keygen', ['-q', '-t', type, '-N', passphrase, '-m', format, '-C', 'test', '-f', file]);
  return (await readFile(`${file}.pub`, 'utf8')).trim();
}

/** Puts a passphrase on a key that has none. */
export async function lockSshKey(file: string, passphrase: string): Promise<void> {
  await run('ssh-keygen', ['-q', '-p', '-P', '', '-N', passphrase, '-f', file]);
}

/** `SHA256:…` of a public line, computed apart from the code under test. */
export function fingerprintOfLine(publicLine: string): string {
  const blob = Buffer.from(publicLine.split(' ')[1] ?? '', 'base64');
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}
