import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Program } from './host.js';

/** The Python files under `runtime/`, shipped as they are. */
export class RuntimeFiles {
  readonly #dir: string;
  readonly #sources = new Map<string, Promise<string>>();

  /** @param dir absolute path of the `runtime/` folder of this installation */
  constructor(dir: string) {
    this.#dir = dir;
  }

  read(name: string): Promise<string> {
    let source = this.#sources.get(name);
    if (!source) {
      source = readFile(join(this.#dir, name), 'utf8');
      this.#sources.set(name, source);
    }
    return source;
  }

  /** The lines of a lock, each a requirement specifier with one version: `numpy==2.0.2 ; python_full_version == '3.9.*'`. */
  async lock(name: string): Promise<string[]> {
    const lines = (await this.read(`locks/${name}.txt`)).split('\n');
    return lines.filter((line) => line !== '' && !line.startsWith('#'));
  }

  async program(name: string, request: unknown): Promise<Program> {
    return { name, source: await this.read(name), request };
  }

  /** Names of the recipe programs, relative to the runtime folder: `recipes/sklearn.py`. */
  async recipes(): Promise<string[]> {
    const names = await readdir(join(this.#dir, 'recipes'));
    return names.filter((name) => name.endsWith('.py')).map((name) => `recipes/${name}`);
  }
}
