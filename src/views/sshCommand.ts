import type { SshEndpoint } from '../remote/host.js';
import { jumps } from '../remote/ssh/jumps.js';

/** The command that opens a shell on the machine, to be pasted into a terminal. */
export function sshCommand({ host, port, user, identityFiles, via }: SshEndpoint): string {
  const words = [
    'ssh',
    ...(port === 22 ? [] : ['-p', String(port)]),
    ...identityFiles.flatMap((file) => ['-i', file]),
    ...(via === undefined ? [] : ['-J', jumps(via)]),
    `${user}@${host}`,
  ];
  return words.map(quoted).join(' ');
}

/** Quoted where a shell would take a character for its own. */
function quoted(word: string): string {
  return /^[\w@%+=:,./~-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
