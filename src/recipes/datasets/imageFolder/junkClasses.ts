import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode, InputError, messageOf } from '../../../errors.js';
import { ignoreFileName } from '../../../ignore.js';
import type { DatasetFolder } from '../datasetFolder.js';
import { problem, type Problem, type Repair } from '../problem.js';
import { partNames, type ImageFolderLayout } from './layout.js';
import { replaceFiles } from '../replaceFiles.js';
import { listOf } from '../wording.js';

/** Folders that systems and tools leave behind, beside those whose name starts with a dot. */
const junkNames = new Set([
  '__MACOSX',
  '__pycache__',
  '@eaDir',
  '$RECYCLE.BIN',
  'System Volume Information',
  'lost+found',
]);

export function isJunkName(name: string): boolean {
  return name.startsWith('.') || junkNames.has(name);
}

/** Folders nobody meant as a class, though images (previews, copies) lie in them. */
export async function junkClassProblems(
  folder: DatasetFolder,
  layout: ImageFolderLayout,
): Promise<Problem[]> {
  const names = new Set(partNames.flatMap((part) => [...(layout[part]?.classes.keys() ?? [])]));
  const junk = [...names].filter(isJunkName);
  if (junk.length === 0) return [];
  const subject = junk.length === 1 ? 'The folder' : 'The folders';
  const asClass = junk.length === 1 ? 'a class' : 'classes';
  const message = `${subject} ${listOf(junk)} would be learned as ${asClass}.`;
  const fix = `Remove ${junk.length === 1 ? 'it' : 'them'}, or name ${junk.length === 1 ? 'it' : 'them'} in ${ignoreFileName}.`;
  const repair = await leaveOut(folder, junk);
  return [problem('warning', 'images.junk-class', message, { fix, repair })];
}

/** Names folders in `.trainyardignore`, so that they stay here. */
async function leaveOut(folder: DatasetFolder, names: readonly string[]): Promise<Repair> {
  const path = join(folder.path, ignoreFileName);
  const exists = (await contentOf(path)) !== undefined;
  return {
    title: `Leave out ${listOf(names)}`,
    changes: exists ? [ignoreFileName] : [],
    async apply(signal) {
      const before = (await contentOf(path)) ?? '';
      const known = new Set(before.split(/\r?\n/));
      const lines = names.map((name) => `${escapePattern(name)}/`).filter((line) => !known.has(line));
      const start = before === '' || before.endsWith('\n') ? before : `${before}\n`;
      const content = start + lines.map((line) => `${line}\n`).join('');
      await replaceFiles(folder.path, new Map([[ignoreFileName, content]]), signal);
      return `${listOf(names)} is now left out by ${ignoreFileName}.`;
    },
  };
}

async function contentOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw new InputError(`${path} cannot be read (${messageOf(error)}); make it readable.`, { cause: error });
  }
}

function escapePattern(name: string): string {
  return name.replace(/[\\*?[\]!# ]/g, '\\$&');
}
