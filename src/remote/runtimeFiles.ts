import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Program } from './host.js';

/** How one of our programs names another file of ours whose names it takes over. */
const importLine = /^from (\w+) import \*$/m;

/** The Python files under `runtime/`, shipped as they are. */
export class RuntimeFiles {
  readonly #dir: string;
  readonly #sources = new Map<string, Promise<string>>();
  readonly #wholes = new Map<string, Promise<string>>();

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
    return { name, source: await this.whole(name), request };
  }

  /** A file with the text of the other files here in the place of the line that imports them: it is sent as one text. */
  async whole(name: string): Promise<string> {
    let source = this.#wholes.get(name);
    if (!source) {
      source = this.#join(name);
      this.#wholes.set(name, source);
    }
    return source;
  }

  /** Names of the recipe programs, relative to the runtime folder: `recipes/sklearn.py`. */
  async recipes(): Promise<string[]> {
    const names = await readdir(join(this.#dir, 'recipes'));
    return names.filter((name) => name.endsWith('.py')).map((name) => `recipes/${name}`);
  }

  async #join(name: string): Promise<string> {
    const source = await this.read(name);
    const [line, module] = importLine.exec(source) ?? [];
    if (line === undefined || module === undefined) return source;
    const imported = await this.whole(`${module}.py`);
    return source.replace(line, () => imported);
  }
}
