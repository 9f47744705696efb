import { spawn, type SpawnOptions } from 'node:child_process';
import { constants } from 'node:os';

/**
 * Runs a program on our terminal and waits for it. Ctrl-C reaches the program itself, which decides what that
 * means; so we do not end before it.
 * @returns its exit code; 128 and the signal's number when a signal ended it, as a shell says it
 */
export async function foreground(
  program: string,
  args: readonly string[],
  options: SpawnOptions = {},
): Promise<number> {
  const wait = (): void => undefined;
  process.on('SIGINT', wait);
  try {
    const child = spawn(program, [...args], { ...options, stdio: 'inherit' });
    return await new Promise((ended, failed) => {
      child.once('error', failed);
      child.once('exit', (code, signal) =>
        ended(code ?? 128 + (signal === null ? 0 : constants.signals[signal])),
      );
    });
  } finally {
    process.off('SIGINT', wait);
  }
}

/** The bundle that ships, in `dist/`. Ends us when it cannot be built. */
export async function buildForProduction(): Promise<void> {
  const code = await foreground(process.execPath, ['esbuild.mjs', '--production']);
  if (code !== 0) process.exit(code);
}
