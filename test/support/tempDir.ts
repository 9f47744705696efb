import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A test context, or `{ after }` of `node:test` for a whole suite. */
export interface CleanUp {
  after(done: () => Promise<void>): void;
}

/** An empty folder of its own (symlinks resolved), removed with all it holds when the test is over. */
export async function tempDir(test: CleanUp, prefix = 'trainyard-'): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), prefix)));
  test.after(() => removeFolder(folder));
  return folder;
}

/** Removes a folder even while a process that is just ending still writes into it. */
export function removeFolder(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
}
