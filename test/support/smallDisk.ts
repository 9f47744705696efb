import { execFile } from 'node:child_process';
import { mkdtemp, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type CleanUp, removeFolder } from './tempDir.js';

const run = promisify(execFile);

/** An empty file system of so many bytes, until the test is over. Needs root on Linux. */
export async function smallDisk(test: CleanUp, bytes: number): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'trainyard-disk-')));
  await mountSmallDisk(folder, bytes);
  test.after(async () => {
    await unmountSmallDisk(folder);
    await removeFolder(folder);
  });
  return folder;
}

/** Puts one over a folder. */
export async function mountSmallDisk(folder: string, bytes: number): Promise<void> {
  await run('mount', ['-t', 'tmpfs', '-o', `size=${bytes},mode=700`, 'tmpfs', folder]);
}

export async function unmountSmallDisk(folder: string): Promise<void> {
  await run('umount', ['-l', folder]);
}
