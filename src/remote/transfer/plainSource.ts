import { InputError } from '../../errors.js';
import { readIgnoreRules } from '../../ignore.js';
import { type BytePath, localPath, textOf, toBytePath } from './bytePath.js';
import type { SyncSource } from './sync.js';
import { type WalkedEntry, walkTree } from './treeWalk.js';

/**
 * What is to be sent by SFTP, in the order of paths: there, names are text.
 * @param skipped an entry of the folder itself that stays behind
 * @throws {InputError} as {@link walkTree}; a name that is not UTF-8
 */
export async function readPlainSource(
  { folder, ignored }: SyncSource,
  skipped: string,
  signal: AbortSignal,
): Promise<WalkedEntry[]> {
  const rules = await readIgnoreRules(folder, ignored);
  const entries: WalkedEntry[] = [];
  for await (const entry of walkTree(folder, rules, signal)) {
    if (entry.path === skipped || entry.path.startsWith(`${skipped}/`)) continue;
    requireText(folder, entry.path, entry.path);
    if (entry.kind === 'link') requireText(folder, entry.path, entry.target);
    entries.push(entry);
  }
  return entries.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function requireText(folder: string, path: BytePath, name: BytePath): void {
  if (toBytePath(textOf(name)) === name) return;
  throw new InputError(
    `The name of ${localPath(folder, path).toString()}, or where it leads, is not UTF-8, which SFTP cannot say; rename it or name it in .trainyardignore.`,
  );
}
