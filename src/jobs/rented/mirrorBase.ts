import { open } from 'node:fs/promises';
import { hasCode } from '../../errors.js';
import type { JobFolder } from '../../home.js';
import type { MirrorBase } from '../job.js';

/**
 * Ends what is here of the log of a machine that is gone, with a whole line, so that what the next machine writes goes
 * on behind it. @returns where that begins
 */
export async function endMirror(folder: JobFolder): Promise<MirrorBase> {
  return { log: await endLine(folder.log), gpu: await endLine(folder.samples) };
}

async function endLine(path: string): Promise<number> {
  try {
    const file = await open(path, 'r+');
    try {
      const { size } = await file.stat();
      if (size === 0) return 0;
      const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
      if (buffer[0] === 0x0a) return size;
      await file.write('\n', size);
      return size + 1;
    } finally {
      await file.close();
    }
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return 0;
    throw error;
  }
}
