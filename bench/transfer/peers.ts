import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bed, Way } from './bed.js';
import { requireSame } from './content.js';
import { rsync, scpDown } from './programs.js';
import type { Contender } from './row.js';

/** `rsync` to a place where nothing is. */
export function rsyncAnew(bed: Bed, way: Way, folder: string, options: readonly string[]): Contender {
  const copy = join(bed.there, 'rsync');
  return async () => {
    await rm(copy, { recursive: true, force: true });
    const ms = await rsync(way, options, folder, copy);
    await requireSame(folder, copy);
    return ms;
  };
}

/** `scp` of a file from there to a place where nothing is. */
export function scpDownAnew(bed: Bed, way: Way, remotePath: string): Contender {
  const copy = join(bed.here, 'copied');
  return async () => {
    await rm(copy, { force: true });
    const ms = await scpDown(way, remotePath, copy);
    if ((await stat(copy)).size !== (await stat(remotePath)).size)
      throw new Error('scp left some of the file');
    await rm(copy);
    return ms;
  };
}
