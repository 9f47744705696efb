import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { join } from 'node:path';

const repository = join(import.meta.dirname, '../..');

export type Line = Readonly<Record<string, unknown>>;

/** A `trainyard` process. */
export interface CliRun {
  readonly process: ChildProcess;
  /** Records printed so far (with `--json`). */
  readonly lines: readonly Line[];
  /** Resolves with the first record that fits, past or to come; rejects when the process ends without one. */
  until(what: string, fits: (line: Line) => boolean): Promise<Line>;
  /** Exit code and everything it said. */
  readonly ended: Promise<CliEnd>;
}

export interface CliEnd {
  /** `null` when it was killed. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly lines: readonly Line[];
}

export interface CliOptions {
  readonly home: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
}

/** Starts `trainyard ARGS`, as built, with a home of its own. */
export function startCli(args: readonly string[], { home, env, cwd }: CliOptions): CliRun {
  const child = spawn(process.execPath, [join(repository, 'dist/cli.js'), ...args], {
    cwd: cwd ?? repository,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TRAINYARD_HOME: home, TRAINYARD_POLL_MS: '50', ...env },
  });
  const lines: Line[] = [];
  const watchers = new Set<() => void>();
  let stdout = '';
  let stderr = '';
  let over = false;
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  createInterface({ input: child.stdout }).on('line', (text) => {
    stdout += `${text}\n`;
    if (text.startsWith('{')) lines.push(JSON.parse(text) as Line);
    for (const watch of [...watchers]) watch();
  });
  const ended = new Promise<CliEnd>((resolve) => {
    child.once('close', (code) => {
      over = true;
      resolve({ code, stdout, stderr, lines });
      for (const watch of [...watchers]) watch();
    });
  });
  const until = (what: string, fits: (line: Line) => boolean): Promise<Line> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = lines.find(fits);
        if (!found && !over) return;
        watchers.delete(look);
        if (found) resolve(found);
        else reject(new Error(`trainyard ended without ${what}; it said: ${stderr}${stdout}`));
      };
      watchers.add(look);
      look();
    });
  return { process: child, lines, until, ended };
}

/** Runs `trainyard ARGS` to its end. */
export function runCli(args: readonly string[], options: CliOptions): Promise<CliEnd> {
  return startCli(args, options).ended;
}

/** Ends a process as a crash would. */
export async function killCli(run: CliRun): Promise<void> {
  run.process.kill('SIGKILL');
  await run.ended;
}
