import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError, messageOf } from '../../errors.js';

/**
 * Writes all of these files or none: first beside their places, then into them.
 * @param files content by path, relative to `root`
 * @throws {InputError} one of them cannot be written; nothing has changed
 */
export async function replaceFiles(
  root: string,
  files: ReadonlyMap<string, string>,
  signal: AbortSignal,
): Promise<void> {
  const written: string[] = [];
  try {
    for (const [path, content] of files) {
      signal.throwIfAborted();
      written.push(path);
      await writeFile(temporary(root, path), content);
    }
  } catch (cause) {
    await Promise.all(written.map((path) => rm(temporary(root, path), { force: true })));
    signal.throwIfAborted();
    const path = join(root, written.at(-1) ?? '');
    throw new InputError(`${path} cannot be written (${messageOf(cause)}); make its folder writable.`, {
      cause,
    });
  }
  for (const path of written) await rename(temporary(root, path), join(root, path));
}

function temporary(root: string, path: string): string {
  return join(root, `${path}.trainyard-new`);
}
