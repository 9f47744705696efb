import { basename } from 'node:path';
import type { RuntimeFiles } from '../remote/runtimeFiles.js';

/** A Python file by its name, without a folder. */
export interface SourceFile {
  readonly name: string;
  readonly text: string;
}

/** The program of a recipe and every file of `runtime/recipes/` that it uses, itself first. @param file `recipes/x.py` */
export async function recipeSources(file: string, runtime: RuntimeFiles): Promise<readonly SourceFile[]> {
  const names = await runtime.recipes();
  const found = new Map<string, string>();
  const pending = [file];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    if (found.has(path)) continue;
    const text = await runtime.read(path);
    found.set(path, text);
    pending.push(...names.filter((name) => uses(text, basename(name, '.py'))));
  }
  return [...found].map(([path, text]) => ({ name: basename(path), text }));
}

/** Whether a source imports the module, by a statement or by its name as text. */
function uses(source: string, module: string): boolean {
  const statement = new RegExp(`^[ \\t]*(?:from[ \\t]+|import[ \\t]+(?:[\\w. ]+,[ \\t]*)*)${module}\\b`, 'm');
  const text = new RegExp(`(['"])${module}(?:\\.py)?\\1`);
  return statement.test(source) || text.test(source);
}
