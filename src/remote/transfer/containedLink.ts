import { realpath } from 'node:fs/promises';
import { sep } from 'node:path';
import { InputError, hasCode } from '../../errors.js';
import { type BytePath, followLink, localPath, textOf, toBytePath } from './bytePath.js';

/** A folder under the name it was given and under its real one, for links that name either. */
export interface LinkFolder {
  readonly path: string;
  readonly realPath: string;
}

/**
 * The target a symlink keeps on the machine: as it is when relative, made relative when it is absolute but leads
 * into the folder. A link that dangles is kept as well.
 * @throws {InputError} it leads out of the folder, where the machine has nothing or something else
 */
export async function containedTarget(
  folder: LinkFolder,
  link: BytePath,
  target: BytePath,
): Promise<BytePath> {
  const relative = relativeTarget(folder, link, withSlashes(target));
  if (relative === undefined || followLink(link, relative) === undefined)
    throw leadsOutside(folder, link, target);
  const real = await realTarget(folder, link);
  if (real !== undefined && real !== folder.realPath && !real.startsWith(folder.realPath + sep))
    throw leadsOutside(folder, link, target);
  return relative;
}

function relativeTarget(folder: LinkFolder, link: BytePath, target: BytePath): BytePath | undefined {
  if (!target.startsWith('/') && !/^[A-Za-z]:\//.test(target)) return target;
  for (const top of [folder.path, folder.realPath].map((path) => withSlashes(toBytePath(path)))) {
    if (target !== top && !target.startsWith(`${top}/`)) continue;
    const depth = link.split('/').length - 1;
    return `${'../'.repeat(depth)}${target.slice(top.length + 1)}` || '.';
  }
  return undefined;
}

/** Where the link really leads, through links on the way; `undefined` when there is nothing. */
async function realTarget(folder: LinkFolder, link: BytePath): Promise<string | undefined> {
  try {
    return await realpath(localPath(folder.path, link));
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ELOOP')) return undefined;
    throw error;
  }
}

function leadsOutside(folder: LinkFolder, link: BytePath, target: BytePath): InputError {
  return new InputError(
    `${localPath(folder.path, link).toString()} is a link to ${textOf(target)}, outside the folder; ` +
      `put what it leads to into the folder, or name the link in .trainyardignore.`,
  );
}

function withSlashes(path: BytePath): BytePath {
  return process.platform === 'win32' ? path.replaceAll('\\', '/') : path;
}
