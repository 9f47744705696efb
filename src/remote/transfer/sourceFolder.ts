import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { hasCode } from '../../errors.js';
import { type BytePath, localPath } from './bytePath.js';
import { type FileVersion, versionOf } from './fileVersion.js';
import { unreadable } from './treeWalk.js';

/** The files of a folder that is sent. Blocks while it reads: for a thread of its own. */
export class SourceFolder {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Fills the target with a file's bytes from the position on; one that has become shorter leaves the rest as it was,
   * and is noticed by its version.
   * @returns what the file was afterwards; `undefined` when it is gone
   * @throws {InputError} it cannot be read
   */
  read(path: BytePath, target: Buffer, position: number): FileVersion | undefined {
    let handle: number | undefined;
    try {
      handle = openSync(localPath(this.#folder, path), constants.O_RDONLY);
      fill(handle, target, position);
      return versionOf(fstatSync(handle, { bigint: true }));
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return undefined;
      throw unreadable(this.#folder, path, error);
    } finally {
      if (handle !== undefined) closeSync(handle);
    }
  }
}

function fill(handle: number, target: Buffer, position: number): void {
  for (let filled = 0; filled < target.length;) {
    const read = readSync(handle, target, filled, target.length - filled, position + filled);
    if (read === 0) return;
    filled += read;
  }
}
