import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import SftpClient from 'ssh2-sftp-client';
import type { Way } from './bed.js';

/** Runs a program to its good end. @returns milliseconds */
export async function timeProgram(program: string, args: readonly string[], input?: string): Promise<number> {
  const started = performance.now();
  const child = spawn(program, [...args], { stdio: ['pipe', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  child.stdin.on('error', () => undefined).end(input);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code ?? 'a signal'}: ${said}`);
  return performance.now() - started;
}

/** `rsync` as people call it. */
export function rsync(way: Way, options: readonly string[], folder: string, remote: string): Promise<number> {
  const ssh = ['-e', `ssh ${way.config.join(' ')}`];
  return timeProgram('rsync', [...options, ...ssh, `${folder}/`, `${way.machine}:${remote}/`]);
}

export function scpUp(way: Way, folder: string, remote: string): Promise<number> {
  return timeProgram('scp', [...way.config, '-q', '-r', folder, `${way.machine}:${remote}`]);
}

export function scpDown(way: Way, remotePath: string, path: string): Promise<number> {
  return timeProgram('scp', [...way.config, '-q', `${way.machine}:${remotePath}`, path]);
}

export function sftpUp(way: Way, folder: string, remote: string): Promise<number> {
  const script = `put -r ${folder} ${remote}\n`;
  return timeProgram('sftp', [...way.config, '-q', '-b', '-', way.machine], script);
}

/** The library that most extensions upload with. */
export async function sftpClientUp(way: Way, folder: string, remote: string): Promise<number> {
  const { host, port, user, identityFiles } = way.endpoint;
  const privateKey = await readFile(identityFiles[0] ?? '');
  const started = performance.now();
  const client = new SftpClient();
  await client.connect({ host, port, username: user, privateKey });
  await client.uploadDir(folder, remote);
  await client.end();
  return performance.now() - started;
}

export function ssh(way: Way, machine: 'machine' | 'liveMachine', command: string): Promise<number> {
  return timeProgram('ssh', [...way.config, '-n', way[machine], command]);
}
