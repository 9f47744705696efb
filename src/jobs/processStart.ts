import { readFile } from 'node:fs/promises';
import { hasCode } from '../errors.js';

/**
 * When a process of this computer started, in a form that differs between two processes that had the same pid;
 * `null` when there is no such process. Where the system does not say (no /proc), any living process answers
 * `unknown`, and only the heartbeat tells them apart.
 */
export async function processStart(pid: number): Promise<string | null> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (!hasCode(error, 'EPERM')) return null;
  }
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The command (field 2) may hold spaces and brackets; the start time is field 22.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const isZombie = fields[0] === 'Z';
    return isZombie ? null : (fields[19] ?? 'unknown');
  } catch {
    return 'unknown';
  }
}
