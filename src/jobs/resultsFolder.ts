import { access, constants, mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { InputError, hasCode, messageOf } from '../errors.js';

/**
 * Makes sure, before anything is trained, that results can be put there; makes nothing yet.
 * @throws {InputError} it is a file, or nobody may write there
 */
export async function refuseUnusableResultsFolder(to: string): Promise<void> {
  try {
    const existing = await nearestExisting(to);
    if (!(await stat(existing)).isDirectory()) throw new InputError(`${existing} is a file`);
    await access(existing, constants.W_OK);
  } catch (cause) {
    throw new InputError(
      `The results cannot be put into ${to} (${messageOf(cause)}). Choose another folder with --to.`,
      { cause },
    );
  }
}

/** @throws {InputError} the folder cannot be made or written; the results are still on the machine */
export async function makeResultsFolder(to: string, jobId: string): Promise<void> {
  try {
    await mkdir(to, { recursive: true });
    await access(to, constants.W_OK);
  } catch (cause) {
    throw new InputError(
      `The results cannot be put into ${to} (${messageOf(cause)}). They are still on the machine: "trainyard collect ${jobId} --to DIR" brings them into another folder.`,
      { cause },
    );
  }
}

async function nearestExisting(path: string): Promise<string> {
  try {
    await stat(path);
    return path;
  } catch (error) {
    const parent = dirname(path);
    if (!hasCode(error, 'ENOENT') || parent === path) throw error;
    return nearestExisting(parent);
  }
}
