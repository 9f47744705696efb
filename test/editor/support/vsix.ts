import { createVSIX } from '@vscode/vsce';
import { mkdir, rename, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

const built = 'dist/extension.js';
const cached = resolve('out/trainyard.vsix');

/** Packs what `dist/` and `.vscodeignore` hold now, as for the Marketplace. Nobody meets half a file. */
export async function packageExtension(file: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const unfinished = file.replace(/\.vsix$/, `.${process.pid}.vsix`);
  await createVSIX({ packagePath: unfinished, dependencies: false });
  await rename(unfinished, file);
}

/** The package of the last build, made only when the build is newer than it. */
export async function currentVsix(): Promise<string> {
  const builtAt = await modifiedAt(built);
  if (builtAt === undefined) throw new Error('There is no build to test: run "npm run build" first.');
  const cachedAt = await modifiedAt(cached);
  if (cachedAt === undefined || cachedAt < builtAt) await packageExtension(cached);
  return cached;
}

async function modifiedAt(file: string): Promise<number | undefined> {
  const found = await stat(file).catch(() => undefined);
  return found?.mtimeMs;
}
