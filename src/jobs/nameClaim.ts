import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../errors.js';

/**
 * One job's right to a name in the folder of results while its files arrive, so that two jobs that end in the same
 * second never write under the same name. It is a file beside them that holds the owner; what a crash leaves of it is
 * found again by the same owner.
 */
export class NameClaim {
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
  }

  /** @returns `undefined` when another owner has the name */
  static async take(folder: string, name: string, owner: string): Promise<NameClaim | undefined> {
    const path = join(folder, `${name}.claim`);
    try {
      await writeFile(path, owner, { flag: 'wx' });
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error;
      if ((await ownerOf(path)) !== owner) return undefined;
    }
    return new NameClaim(path);
  }

  async release(): Promise<void> {
    await rm(this.#path, { force: true });
  }
}

/** `undefined` when it was released since. */
async function ownerOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}
