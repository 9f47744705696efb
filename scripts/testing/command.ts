import { endOwned, spawnOwned } from '../../test/support/ownedProcess.js';

export interface CommandOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** The program and all it started are ended after this; the exit code is then 124. */
  readonly timeoutMs?: number;
  /** Gets its output as it comes, in place of ours. */
  readonly show?: Show | undefined;
}

export type Show = (text: string) => void;

export interface Finished {
  readonly code: number;
  /** stdout and stderr together, as they were printed. */
  readonly output: string;
}

/** Runs a program, showing its output as it comes and keeping it. */
export async function run(
  program: string,
  args: readonly string[],
  { env, cwd, timeoutMs, show }: CommandOptions = {},
): Promise<Finished> {
  const child = spawnOwned(program, args, {
    env: { ...colours(), ...process.env, ...env },
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    if (show) show(text);
    else process.stdout.write(text);
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    if (show) show(text);
    else process.stderr.write(text);
  });
  const deadline = timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs);
  deadline?.addEventListener('abort', () => void endOwned(child));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { code: deadline?.aborted === true ? 124 : (code ?? 1), output };
}

/** Runs a file of a package of ours with this Node. */
export function runNode(args: readonly string[], options: CommandOptions = {}): Promise<Finished> {
  return run(process.execPath, args, options);
}

/** Behind our pipe the tools cannot see the terminal. */
function colours(): NodeJS.ProcessEnv {
  return process.stdout.isTTY ? { FORCE_COLOR: '1' } : {};
}
