import { createVSIX } from '@vscode/vsce';
import { cp, mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const built = 'dist/extension.js';
const cached = resolve('out/trainyard.vsix');

/** Where in the repository the files lie that ship; `.vscodeignore` says which of them do. */
export const shippedFolders = ['dist', 'l10n', 'media', 'runtime', 'samples', 'schemas'] as const;
export const shippedFiles = [
  'CHANGELOG.md',
  'LICENSE',
  'README.md',
  'package.json',
  'package.nls.json',
  'package.nls.de.json',
] as const;

/**
 * Packs what ships as it is now, as for the Marketplace. Nobody meets half a file.
 * vsce holds every file below its folder against every line of `.vscodeignore`, caches and all: a copy of the little
 * that may ship is packed in a second, the repository in half a minute.
 */
export async function packageExtension(file: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const unfinished = file.replace(/\.vsix$/, `.${process.pid}.vsix`);
  const folder = await mkdtemp(join(tmpdir(), 'trainyard-package-'));
  try {
    await Promise.all(
      [...shippedFolders, ...shippedFiles, '.vscodeignore'].map((name) =>
        cp(name, join(folder, name), { recursive: true }),
      ),
    );
    await createVSIX({ cwd: folder, packagePath: resolve(unfinished), dependencies: false });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
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
