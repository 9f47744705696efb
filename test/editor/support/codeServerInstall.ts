import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { removeFolder } from '../../support/tempDir.js';

/** code-server 4.139.1 is VS Code 1.139.1. It needs a newer Node than the one that develops Trainyard. */
const codeServer = '4.139.1';
const node = '24.21.0';

/** A VS Code that runs in a browser, and the Node that runs it. */
export interface CodeServerInstall {
  readonly node: string;
  readonly entry: string;
}

/**
 * VS Code's own server out of npm, kept in `.cache/`: the real editor also where VS Code cannot be downloaded
 * or has no screen. The first call takes about 40 s and 800 MB; after that it is there.
 */
export function installCodeServer(): Promise<CodeServerInstall> {
  return (installing ??= install());
}

let installing: Promise<CodeServerInstall> | undefined;

async function install(): Promise<CodeServerInstall> {
  const folder = resolve('.cache/code-server', `${codeServer}-node-${node}`);
  const installed = {
    node: join(folder, 'node_modules', nodePackage(), 'bin/node'),
    entry: join(folder, 'node_modules/code-server/out/node/entry.js'),
  };
  if (existsSync(folder)) return installed;

  console.log(`Installing code-server ${codeServer} into .cache/ (about 40 s, once) …`);
  const unfinished = `${folder}.${process.pid}`;
  try {
    await installInto(unfinished);
    await rename(unfinished, folder);
  } finally {
    await removeFolder(unfinished);
  }
  return installed;
}

function nodePackage(): string {
  if (process.platform !== 'linux') {
    throw new Error(
      `code-server is only set up for Linux, and this is ${process.platform}: use desktop VS Code.`,
    );
  }
  return `node-linux-${process.arch}`;
}

/**
 * Without install scripts: they would compile what VS Code does not need here. The inner packages are
 * installed apart, because code-server's own script does that.
 */
async function installInto(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), '{ "private": true }\n');
  await npm(folder, '--no-save', `code-server@${codeServer}`, `${nodePackage()}@${node}`);
  const vscode = join(folder, 'node_modules/code-server/lib/vscode');
  await npm(vscode, '--omit=dev');
  await npm(join(vscode, 'extensions'), '--omit=dev');
  await replaceLogModule(join(vscode, 'node_modules/@vscode/spdlog'));
}

/** Output channels are log files to VS Code, and its log module would need a compiler. */
async function replaceLogModule(folder: string): Promise<void> {
  await removeFolder(folder);
  await mkdir(folder);
  await copyFile(new URL('plainLog.mjs', import.meta.url), join(folder, 'index.mjs'));
  const manifest = { name: '@vscode/spdlog', version: '0.0.0', type: 'module', main: 'index.mjs' };
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
}

/** npm of whoever called us, else the one on PATH. */
async function npm(cwd: string, ...args: string[]): Promise<void> {
  const all = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', ...args];
  const ours = process.env.npm_execpath;
  const child =
    ours === undefined
      ? spawn('npm', all, { cwd, stdio: ['ignore', 'ignore', 'inherit'] })
      : spawn(process.execPath, [ours, ...all], { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
  const code = await new Promise<number | null>((done, failed) => {
    child.once('error', failed);
    child.once('close', done);
  });
  if (code !== 0) throw new Error(`npm install failed in ${dirname(cwd)}; its own message is above.`);
}
