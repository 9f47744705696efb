import { execFile, type ChildProcess } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, realpath, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { endOwned, spawnOwned } from '../../support/ownedProcess.js';
import { removeFolder } from '../../support/tempDir.js';
import { waitFor } from '../../support/waitFor.js';
import { installCodeServer, type CodeServerInstall } from './codeServerInstall.js';
import { quietSettings, type Settings } from './settings.js';

export interface EditorServerOptions {
  /** Reaches the extension. */
  readonly env?: Readonly<Record<string, string>>;
  /** On top of the quiet ones. */
  readonly settings?: Settings;
  /** Installed before the first window opens, as a user would. */
  readonly vsix?: string;
  /** Ask whether a folder is trusted, as VS Code does. Off: every folder is. */
  readonly workspaceTrust?: boolean;
  /**
   * VS Code loads an extension in development, or a test suite, only with its smoke-test driver on; it then
   * shows no notification toast. Off: what a user sees.
   */
  readonly forDevelopment?: boolean;
}

/** What a window opens. Paths are of this computer. */
export interface WindowContent {
  /** A folder or a `.code-workspace` file; without it an empty window. */
  readonly folder?: string;
  readonly developmentPath?: string;
  readonly testsPath?: string;
}

/** VS Code's server with folders of its own (home, settings, extensions, Trainyard's jobs), gone with it. */
export class EditorServer {
  readonly origin: string;
  /** `$TRAINYARD_HOME` of everything in it, unless `env` says otherwise. */
  readonly trainyardHome: string;
  /** Settles when the server has ended, whoever ended it. */
  readonly ended: Promise<void>;
  readonly #process: ChildProcess;
  readonly #folder: string;

  static async start(options: EditorServerOptions = {}): Promise<EditorServer> {
    const install = await installCodeServer();
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'trainyard-editor-')));
    try {
      await makeFolders(folder);
      await writeLanguagePack(folder);
      await writeSettings(folder, { ...quietSettings, ...options.settings });
      if (options.vsix !== undefined) await installExtension(install, folder, options.vsix);
      const port = await freePort();
      const server = new EditorServer(folder, port, launch(install, folder, port, options));
      await server.#answers();
      return server;
    } catch (error) {
      await removeFolder(folder);
      throw error;
    }
  }

  private constructor(folder: string, port: number, child: ChildProcess) {
    this.#folder = folder;
    this.#process = child;
    this.origin = `http://127.0.0.1:${port}`;
    this.trainyardHome = trainyardHome(folder);
    this.ended = new Promise((done) => child.once('exit', () => done()));
    process.once('exit', this.#removeAtExit);
  }

  url({ folder, developmentPath, testsPath }: WindowContent): string {
    const url = new URL(this.origin);
    if (folder === undefined) url.searchParams.set('ew', 'true');
    else url.searchParams.set(folder.endsWith('.code-workspace') ? 'workspace' : 'folder', resolve(folder));
    const payload = [['skipWelcome', 'true']];
    if (developmentPath !== undefined)
      payload.push(['extensionDevelopmentPath', this.#remote(developmentPath)]);
    if (testsPath !== undefined) payload.push(['extensionTestsPath', this.#remote(testsPath)]);
    url.searchParams.set('payload', JSON.stringify(payload));
    return url.href;
  }

  /** The process ids of its extension hosts: one for each window. */
  async extensionHosts(): Promise<readonly number[]> {
    const all = (await readdir('/proc')).map(Number).filter((pid) => pid > 0);
    const ours = await Promise.all(all.map((pid) => isExtensionHost(pid, this.#process.pid)));
    return all.filter((_, index) => ours[index]);
  }

  /** Ends the editor and all it started (not what was meant to outlive it) and removes its folders. */
  async stop(): Promise<void> {
    await endOwned(this.#process);
    process.off('exit', this.#removeAtExit);
    await removeFolder(this.#folder);
  }

  /** When this process ends without `stop`; the server is killed by then. */
  readonly #removeAtExit = (): void => rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });

  #remote(path: string): string {
    return `vscode-remote://${new URL(this.origin).host}${encodeURI(resolve(path))}`;
  }

  async #answers(): Promise<void> {
    const ended = this.ended.then(() => Promise.reject(new Error('code-server ended before it answered')));
    const healthy = waitFor('code-server answering', async () => (await fetch(`${this.origin}/healthz`)).ok, {
      timeoutMs: 90_000,
    });
    await Promise.race([healthy, ended]);
  }
}

function launch(
  install: CodeServerInstall,
  folder: string,
  port: number,
  { env, forDevelopment = false, workspaceTrust = false }: EditorServerOptions,
): ChildProcess {
  const args = [
    install.entry,
    ...['--config', join(folder, 'config.yaml'), '--auth', 'none', '--bind-addr', `127.0.0.1:${port}`],
    ...folderArguments(folder),
    ...['--disable-telemetry', '--disable-update-check', '--ignore-last-opened'],
    '--disable-getting-started-override',
    ...(workspaceTrust ? [] : ['--disable-workspace-trust']),
    ...(forDevelopment ? ['--vscode-option', 'enable-smoke-test-driver'] : []),
  ];
  const output = process.env.TRAINYARD_EDITOR_LOG === undefined ? 'ignore' : 'inherit';
  return spawnOwned(install.node, args, {
    env: { ...environment(folder), ...env },
    stdio: ['ignore', output, output],
  });
}

/** Ours, without what would lead the editor out of its own folders or back into the one we run in. */
function environment(folder: string): NodeJS.ProcessEnv {
  const outside = /^(VSCODE_|CODE_SERVER_|ELECTRON_|XDG_|NODE_OPTIONS$|NODE_TEST_CONTEXT$|PORT$|PASSWORD$)/;
  const kept = Object.entries(process.env).filter(([name]) => !outside.test(name));
  return {
    ...Object.fromEntries(kept),
    HOME: join(folder, 'home'),
    TRAINYARD_HOME: trainyardHome(folder),
    EXTENSIONS_GALLERY: '{}',
  };
}

function trainyardHome(folder: string): string {
  return join(folder, 'trainyard');
}

function folderArguments(folder: string): string[] {
  return ['--user-data-dir', join(folder, 'user'), '--extensions-dir', join(folder, 'extensions')];
}

/** `/proc/PID/stat` is `pid (name) state parent group …`, where the name may hold anything. */
async function isExtensionHost(pid: number, group: number | undefined): Promise<boolean> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    const [, , groupOfPid] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (Number(groupOfPid) !== group) return false;
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0').includes('--type=extensionHost');
  } catch {
    return false; // it ended while we looked
  }
}

async function makeFolders(folder: string): Promise<void> {
  await mkdir(join(folder, 'home'));
  await mkdir(join(folder, 'user/User'), { recursive: true });
  await writeFile(join(folder, 'config.yaml'), 'auth: none\n');
}

async function writeSettings(folder: string, settings: Settings): Promise<void> {
  await writeFile(join(folder, 'user/User/settings.json'), JSON.stringify(settings, undefined, 2));
}

/**
 * As if a German language pack were installed that translates nothing of VS Code itself: a window whose browser speaks
 * German is German then, with what extensions say in it. VS Code's own packs come from its marketplace.
 */
async function writeLanguagePack(folder: string): Promise<void> {
  const vscode = join(folder, 'user', 'de.json');
  await writeFile(vscode, '{ "contents": {} }\n');
  const extensions = [{ extensionIdentifier: { id: 'trainyard.german' }, version: '1.0.0' }];
  const packs = { de: { hash: 'empty', label: 'Deutsch', extensions, translations: { vscode } } };
  await writeFile(join(folder, 'user', 'languagepacks.json'), JSON.stringify(packs));
  // Without it the server takes English for what the user has chosen.
  await writeFile(join(folder, 'user/User/argv.json'), '{}\n');
}

async function installExtension(install: CodeServerInstall, folder: string, vsix: string): Promise<void> {
  const args = [install.entry, ...folderArguments(folder), '--install-extension', resolve(vsix)];
  await promisify(execFile)(install.node, args, { env: environment(folder) });
}

function freePort(): Promise<number> {
  return new Promise((done, failed) => {
    const server = createServer();
    server.once('error', failed);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
      server.close(() => done(port));
    });
  });
}
