import { once } from 'node:events';
import type { ServerChannel } from 'ssh2';
import { signalGroup, spawnOwned } from './ownedProcess.js';

/** The folder a program starts in, and its whole environment. */
export interface Surroundings {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

/**
 * Runs a command line at the server's end of a channel. Each side waits where the other's window, or pipe, is full. Its
 * exit goes back over the channel; when the signal fires, it and what it started are killed. Resolves once it is gone.
 */
export async function runOverChannel(
  channel: ServerChannel,
  commandLine: string,
  { cwd, env }: Surroundings,
  signal: AbortSignal,
): Promise<void> {
  const child = spawnOwned('sh', ['-c', commandLine], { cwd, env, stdio: 'pipe' });
  const { stdin, stdout, stderr } = child;
  if (stdin === null || stdout === null || stderr === null) throw new Error('The program has no pipes.');
  const kill = (): void => {
    signalGroup(child, 'SIGKILL');
    for (const pipe of [stdin, stdout, stderr]) pipe.destroy();
  };
  signal.addEventListener('abort', kill);
  // A program may end before it has read everything; the rest goes nowhere.
  stdin.on('error', () => undefined).once('close', () => channel.resume());
  channel.pipe(stdin);
  stdout.pipe(channel, { end: false });
  stderr.pipe(channel.stderr);

  const [code, killedBy] = (await once(child, 'close')) as [number, null] | [null, NodeJS.Signals];
  signal.removeEventListener('abort', kill);
  if (killedBy === null) channel.exit(code);
  else channel.exit(killedBy.replace(/^SIG/, ''));
  channel.end();
}
