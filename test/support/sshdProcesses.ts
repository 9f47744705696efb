import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * The sshd processes that serve the connections of this one listener; never what they started. A connection may have
 * several; the listener's `direct` children are one for each.
 */
export async function connectionProcesses(
  listenerPid: number,
  depth: 'all' | 'direct' = 'all',
): Promise<number[]> {
  const { stdout } = await run('ps', ['-A', '-o', 'pid=,ppid=,comm=']);
  const sshds = stdout
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(?:.*\/)?sshd/.exec(line))
    .filter((match) => match !== null)
    .map(([, pid, parent]) => ({ pid: Number(pid), parent: Number(parent) }));
  const below = (parent: number): number[] =>
    sshds
      .filter((sshd) => sshd.parent === parent)
      .flatMap(({ pid }) => [pid, ...(depth === 'all' ? below(pid) : [])]);
  return below(listenerPid);
}

/** Ends processes at once. One that is gone already is fine. */
export function killProcesses(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
    }
  }
}
