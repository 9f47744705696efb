import { build } from 'esbuild';
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { removeFolder } from '../../support/tempDir.js';

const source = 'test/editor/host';
const target = 'out/test/editor';

/**
 * Compiles the suites of `test/editor/host/` for the extension host. They are CommonJS (`.cjs`) whatever the
 * extension is: mocha loads files that way.
 * @returns the path for `extensionTestsPath`; nothing when no suite has `only` in its name
 */
export async function bundleSuites(only = ''): Promise<string | undefined> {
  const suites = (await readdir(source)).filter((file) => file.endsWith('.test.ts') && file.includes(only));
  if (suites.length === 0) return undefined;
  await removeFolder(target);
  await build({
    entryPoints: ['test/editor/support/hostEntry.ts', ...suites.map((file) => join(source, file))],
    outdir: target,
    outExtension: { '.js': '.cjs' },
    entryNames: '[name]',
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    sourcemap: 'inline',
    external: ['vscode', 'mocha'],
    logLevel: 'warning',
  });
  return resolve(target, 'hostEntry.cjs');
}
