// npm run package: trainyard-<version>.vsix, with what ships and nothing else.
import { listFiles, PackageManager } from '@vscode/vsce';
import { readFile, stat } from 'node:fs/promises';
import * as v from 'valibot';
import { packageExtension, shippedFiles, shippedFolders } from '../test/editor/support/vsix.js';
import { buildForProduction } from './foreground.js';

const largestBytes = 3_000_000;

const { version } = v.parse(
  v.object({ version: v.string() }),
  JSON.parse(await readFile('package.json', 'utf8')),
);
const file = `trainyard-${version}.vsix`;

await buildForProduction();
// Of the whole repository: anything beside what ships is a mistake of .vscodeignore.
const files = await listFiles({ packageManager: PackageManager.None });
complainAbout(
  'should not ship',
  files.filter((path) => !isShipped(path)),
);
complainAbout(
  'is missing',
  ['dist/extension.js', 'dist/cli.js', 'runtime/locks/sklearn.txt', ...shippedFiles].filter(
    (path) => !files.includes(path),
  ),
);

await packageExtension(file);
const { size } = await stat(file);
if (size > largestBytes) {
  fail(`${file} has ${size} bytes, more than ${largestBytes}: find out what grew.`);
}
console.log(
  `\n${file}: ${files.length} files, ${(size / 1000).toFixed(0)} kB. Install: code --install-extension ${file}`,
);

function isShipped(path: string): boolean {
  return (
    shippedFiles.some((file) => file === path) ||
    shippedFolders.some((folder) => path.startsWith(`${folder}/`))
  );
}

function complainAbout(what: string, paths: readonly string[]): void {
  if (paths.length > 0) fail(`${paths.join(', ')} ${what}: see .vscodeignore.`);
}

function fail(sentence: string): never {
  console.error(sentence);
  process.exit(1);
}
