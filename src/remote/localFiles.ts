import { createReadStream } from 'node:fs';
import { lstat, readdir, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import type { Readable } from 'node:stream';
import { hasCode, InputError, NotFoundError, messageOf } from '../errors.js';
import type { HostFile, HostFiles } from './hostFiles.js';

/** The files of this computer. */
export class LocalFiles implements HostFiles {
  readonly isOpen = true;

  absolute(path: string): Promise<string> {
    return Promise.resolve(path.replace(/^~(?=\/|$)/, homedir()));
  }

  async list(path: string): Promise<readonly HostFile[]> {
    const names = await readdir(path).catch((cause: unknown) => Promise.reject(localError(path, cause)));
    return Promise.all(names.map((name) => this.look(join(path, name))));
  }

  async look(path: string): Promise<HostFile> {
    try {
      const link = await lstat(path);
      // A link that leads nowhere is still there.
      const stats = link.isSymbolicLink() ? await stat(path).catch(() => link) : link;
      return {
        name: basename(path),
        kind: stats.isDirectory() ? 'folder' : stats.isFile() ? 'file' : 'other',
        isLink: link.isSymbolicLink(),
        bytes: stats.size,
        modifiedMs: stats.mtimeMs,
      };
    } catch (cause) {
      throw localError(path, cause);
    }
  }

  read(path: string): Readable {
    return createReadStream(path);
  }

  dispose(): void {
    // Nothing is held open.
  }
}

function localError(path: string, cause: unknown): Error {
  if (hasCode(cause, 'ENOENT')) return new NotFoundError(`There is no ${path} on this computer.`, { cause });
  return new InputError(`${path} cannot be read (${messageOf(cause)}).`, { cause });
}
