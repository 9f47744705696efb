import { createHash } from 'node:crypto';
import { chmod, lstat, mkdir, readFile, readdir, readlink, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What stands in a folder, by path (each character a byte of the name): kind, permissions and content in a line. */
export type TreeSnapshot = Readonly<Record<string, string>>;

/** Reads a folder independently of the code under test. */
export async function snapshotTree(folder: string): Promise<TreeSnapshot> {
  const found: Record<string, string> = {};
  const visit = async (relative: string): Promise<void> => {
    for (const name of await readdir(bytePathIn(folder, relative), { encoding: 'buffer' })) {
      const path = relative === '' ? name.toString('latin1') : `${relative}/${name.toString('latin1')}`;
      found[path] = await describeEntry(bytePathIn(folder, path));
      if (found[path].startsWith('folder')) await visit(path);
    }
  };
  await visit('');
  return Object.fromEntries(Object.entries(found).sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function describeEntry(path: Buffer): Promise<string> {
  const status = await lstat(path);
  const mode = (status.mode & 0o777).toString(8);
  if (status.isDirectory()) return `folder ${mode}`;
  if (status.isSymbolicLink())
    return `link ${(await readlink(path, { encoding: 'buffer' })).toString('latin1')}`;
  return `file ${mode} ${sha256(await readFile(path))}`;
}

export function bytePathIn(folder: string, path: string): Buffer {
  return Buffer.concat([Buffer.from(folder), Buffer.from(path === '' ? '' : `/${path}`, 'latin1')]);
}

export function sha256(bytes: string | Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Names that quoting, encoding or splitting would break. */
export const hostileNames: readonly string[] = [
  'with space',
  ' leading and trailing ',
  "it's",
  '"quoted"',
  '$(touch pwned)',
  '`touch pwned`',
  'semi;colon && touch pwned',
  'back\\slash',
  'new\nline',
  'carriage\rreturn',
  'tab\there',
  '-rf',
  '--help',
  '~',
  '*',
  '...',
  '#comment',
  '%s%n',
  'con',
  'a'.repeat(255),
  'composed-\u00e9',
  'decomposed-e\u0301',
  '日本語',
  '\u{1f680}',
  'right-to-left-\u202e-gpj.exe',
].map((name) => Buffer.from(name, 'utf8').toString('latin1'));

/** A folder with everything in it that the file system of this computer can name. */
export async function makeHostileTree(folder: string): Promise<void> {
  // macOS refuses names that are not UTF-8.
  const names = process.platform === 'linux' ? [...hostileNames, 'not-utf8-\xff\xfe'] : hostileNames;
  for (const name of names) {
    await writeFile(bytePathIn(folder, name), `content of ${name}`);
    await mkdir(bytePathIn(folder, `folder ${name}`.slice(0, 255)));
    await writeFile(bytePathIn(folder, `${`folder ${name}`.slice(0, 255)}/${name}`), name);
  }
  await mkdir(join(folder, 'empty'));
  await mkdir(join(folder, ...Array.from({ length: 60 }, (_, depth) => `deep${depth}`)), { recursive: true });
  await writeFile(join(folder, 'empty file'), '');
  await writeFile(join(folder, 'run.sh'), '#!/bin/sh\n');
  await chmod(join(folder, 'run.sh'), 0o755);
  await writeFile(join(folder, 'private'), 'secret');
  await chmod(join(folder, 'private'), 0o600);
  await symlink('run.sh', join(folder, 'link'));
  await symlink('../empty file', join(folder, 'empty', 'link up'));
  await symlink('nowhere', join(folder, 'dangling'));
  await symlink('deep0/deep1', join(folder, 'folder link'));
}

/** Bytes that no compression or sparse file hides. */
export function noise(length: number, seed = 1): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  let state = seed;
  for (let at = 0; at < length; at += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}
