import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { setTimeout as after } from 'node:timers';

const onWindows = process.platform === 'win32';
const living = new Set<ChildProcess>();

/**
 * Starts a program in a process group of its own that never outlives this process: whatever ends us, the whole
 * group (its children too) is killed.
 */
export function spawnOwned(
  program: string,
  args: readonly string[],
  options: SpawnOptions = {},
): ChildProcess {
  watchOurOwnEnd();
  const child = spawn(program, [...args], { ...options, detached: !onWindows });
  living.add(child);
  child.once('close', () => living.delete(child));
  child.once('error', () => living.delete(child));
  return child;
}

/** Asks the group to end, kills it after `graceMs`, and resolves once it is gone. Safe to repeat. */
export async function endOwned(child: ChildProcess, graceMs = 3_000): Promise<void> {
  if (!living.has(child)) return;
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  signalGroup(child, 'SIGTERM');
  const timer = after(() => signalGroup(child, 'SIGKILL'), graceMs);
  await closed;
  clearTimeout(timer);
}

/** Signals the child and everything it started. A group that is gone already is fine. */
export function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    if (onWindows) child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

let watching = false;
function watchOurOwnEnd(): void {
  if (watching) return;
  watching = true;
  process.once('exit', () => {
    for (const child of living) signalGroup(child, 'SIGKILL');
  });
  const exitCodes = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
  for (const [signal, code] of Object.entries(exitCodes))
    process.on(signal, () => exitUnlessHeard(signal, code));
}

/** Whoever else listens to the signal decides when we end. */
function exitUnlessHeard(signal: string, code: number): void {
  if (process.listenerCount(signal) === 1) process.exit(code);
}
