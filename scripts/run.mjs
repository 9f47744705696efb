// node scripts/run.mjs NAME [arguments]: runs scripts/NAME.ts.
// Needs Node and nothing else: a fresh clone gets its packages here first.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = new URL('../', import.meta.url);
const [name, ...args] = process.argv.slice(2);

if (Number(process.versions.node.split('.')[0]) < 20) {
  stop(
    `Trainyard needs Node 20 or newer, and this is ${process.version}: install it from https://nodejs.org.`,
  );
}
if (name === undefined) stop('Say which script: node scripts/run.mjs NAME.');
process.chdir(fileURLToPath(root));
if (!packagesMatchLockfile()) installPackages();

const { register } = await import('tsx/esm/api');
register();
const script = new URL(`scripts/${name}.ts`, root);
process.argv.splice(1, process.argv.length, fileURLToPath(script), ...args);
await import(script.href);

/** npm keeps what it installed in node_modules/.package-lock.json; what is optional may be missing there. */
function packagesMatchLockfile() {
  const wanted = readPackages('package-lock.json');
  const installed = readPackages('node_modules/.package-lock.json');
  return Object.entries(wanted).every(
    ([path, { version, optional }]) => path === '' || optional || installed[path]?.version === version,
  );
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(new URL(file, root), 'utf8')).packages;
  } catch (error) {
    if (error.code === 'ENOENT') return {};
    throw error;
  }
}

/** Without install scripts: nothing of ours needs one, and so no compiler either. */
function installPackages() {
  console.log('Installing packages (npm ci) …');
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const npm = process.env.npm_execpath;
  const { status, error } = npm
    ? spawnSync(process.execPath, [npm, ...args], { stdio: 'inherit' })
    : spawnSync('npm', args, { stdio: 'inherit', shell: process.platform === 'win32' });
  if (status !== 0) stop(`npm ci failed${error ? ` (${error.message})` : ''}: see above, then try again.`);
}

function stop(sentence) {
  console.error(sentence);
  process.exit(2);
}
