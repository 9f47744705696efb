import { lstatSync, readdirSync } from 'node:fs';
import type { IgnoreRules } from '../../ignore.js';
import { type BytePath, joinBytePath, localPath } from './bytePath.js';
import type { LinkFolder } from './containedLink.js';
import type { EntriesAhead } from './entriesAhead.js';
import { entryOf, isGone, realFolder, unreadable, type WalkedEntry } from './treeWalk.js';

const entriesInBatch = 256;

/** Either an entry, or the moment in which what is below a folder comes: its names sort behind `folder/`. */
interface Step {
  readonly key: string;
  readonly entry: WalkedEntry;
  readonly descends: boolean;
}

/**
 * Everything below the folder that the rules do not leave behind, in the order of the bytes of its paths, some entries
 * at a time. Holds no more than the folders on the way down. Blocks while it reads: for a thread of its own.
 * @param ahead entries that were found by the same rules; those that are as they were come as they came then
 * @throws {InputError} as {@link walkTree}
 */
export async function* walkInOrder(
  folder: string,
  rules: IgnoreRules,
  ahead?: EntriesAhead,
): AsyncGenerator<WalkedEntry[]> {
  const top: LinkFolder = { path: folder, realPath: await realFolder(folder) };
  const stack: Step[][] = [await stepsIn(top, '', rules, ahead)];
  let batch: WalkedEntry[] = [];
  for (let steps = stack.at(-1); steps !== undefined; steps = stack.at(-1)) {
    const step = steps.pop();
    if (step === undefined) stack.pop();
    else if (step.descends) stack.push(await stepsIn(top, step.entry.path, rules, ahead));
    else batch.push(step.entry);
    if (batch.length < entriesInBatch) continue;
    yield batch;
    batch = [];
  }
  yield batch;
}

/** Last first. */
async function stepsIn(
  top: LinkFolder,
  path: BytePath,
  rules: IgnoreRules,
  ahead: EntriesAhead | undefined,
): Promise<Step[]> {
  const steps: Step[] = [];
  const known = ahead?.in(path) ?? [];
  let next = 0;
  let isFlat = true;
  for (const name of namesIn(top.path, path).sort()) {
    let before = known[next];
    while (before !== undefined && before.name < name) before = known[(next += 1)];
    const isKnown = before?.name === name && before.isAsItWas();
    const found = isKnown ? before?.told.item.entry : lookAt(top, joinBytePath(path, name), rules);
    const entry = found instanceof Promise ? await found : found;
    if (entry === undefined) continue;
    steps.push({ key: name, entry, descends: false });
    if (entry.kind !== 'folder') continue;
    isFlat = false;
    steps.push({ key: `${name}/`, entry, descends: true });
  }
  return isFlat ? steps.reverse() : steps.sort((a, b) => (a.key < b.key ? 1 : -1));
}

function namesIn(folder: string, path: BytePath): BytePath[] {
  try {
    // Of names that are not Latin 1 as well, each byte becomes a character.
    return readdirSync(path === '' ? folder : localPath(folder, path), { encoding: 'latin1' });
  } catch (error) {
    throw unreadable(folder, path, error);
  }
}

function lookAt(
  top: LinkFolder,
  path: BytePath,
  rules: IgnoreRules,
): WalkedEntry | undefined | Promise<WalkedEntry | undefined> {
  try {
    return entryOf(top, path, lstatSync(localPath(top.path, path), { bigint: true }), rules);
  } catch (error) {
    if (isGone(error)) return undefined;
    throw unreadable(top.path, path, error);
  }
}
