import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as v from 'valibot';
import { InputError, hasCode } from '../errors.js';

const schema = v.array(v.object({ destination: v.string(), identityFiles: v.array(v.string()) }));

/** A machine of the user's own, as they named it. */
export type SshHostEntry = v.InferOutput<typeof schema>[number];

/** The SSH hosts the user has added or trained on, in a file that windows and the CLI share. */
export class SshHosts {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  async list(): Promise<readonly SshHostEntry[]> {
    let text: string;
    try {
      text = await readFile(this.#path, 'utf8');
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return [];
      throw error;
    }
    const parsed = v.safeParse(schema, parseJson(text));
    if (!parsed.success) {
      throw new InputError(
        `The list of SSH hosts in ${this.#path} cannot be read. Repair or delete the file.`,
      );
    }
    return parsed.output;
  }

  /** Adds the host, or replaces the entry of the same destination. */
  async add(entry: SshHostEntry): Promise<void> {
    const others = (await this.list()).filter((other) => other.destination !== entry.destination);
    await this.#write([...others, entry]);
  }

  async remove(destination: string): Promise<void> {
    await this.#write((await this.list()).filter((entry) => entry.destination !== destination));
  }

  async #write(entries: readonly SshHostEntry[]): Promise<void> {
    await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
    const temporary = `${this.#path}.${process.pid}.new`;
    await writeFile(temporary, `${JSON.stringify(entries, null, 2)}\n`, { mode: 0o600 });
    await rename(temporary, this.#path);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
