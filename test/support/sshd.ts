import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { access, chmod, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import type { SshEndpoint } from '../../src/remote/host.js';
import { endOwned, spawnOwned } from './ownedProcess.js';
import { fingerprintOfLine, makeSshKey } from './sshKeys.js';
import { connectionProcesses, killProcesses } from './sshdProcesses.js';
import { type CleanUp, removeFolder } from './tempDir.js';
import { mountSmallDisk, unmountSmallDisk } from './smallDisk.js';

export interface SshdOptions {
  /** How many channels one connection may have open. */
  readonly maxSessions?: number;
  /** More lines of sshd_config; they win over the ones here. */
  readonly config?: readonly string[];
  /** A server that gives no files. */
  readonly sftp?: 'absent';
  /** A machine whose shell finds no python3. */
  readonly python3?: 'absent';
  /** The PATH of whoever logs in, in place of ours. */
  readonly path?: string;
  /** Size of the file system that holds the home folder, for a full disk. Needs root. */
  readonly homeBytes?: number;
  /** Called with each piece of the server's log. */
  readonly onLog?: (text: string) => void;
}

/** Starts a real OpenSSH server on loopback with its own keys and home; it ends with the test. */
export async function startSshd(test: CleanUp, options: SshdOptions = {}): Promise<Sshd> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'trainyard-sshd-')));
  const sshd = new Sshd(folder, await freePort(), options);
  test.after(async () => {
    await sshd.stop();
    if (options.homeBytes !== undefined) await unmountSmallDisk(sshd.home);
    await removeFolder(folder);
  });
  await sshd.prepare();
  await sshd.start();
  return sshd;
}

export class Sshd {
  readonly host = '127.0.0.1';
  readonly port: number;
  readonly user = userInfo().username;
  /** The home folder of everyone who logs in here; empty at first. */
  readonly home: string;
  /** A private key that is let in. */
  readonly keyFile: string;
  readonly #folder: string;
  readonly #options: SshdOptions;
  #process: ChildProcess | undefined;
  #hostKeyLine = '';
  #log = '';

  constructor(folder: string, port: number, options: SshdOptions) {
    this.#folder = folder;
    this.#options = options;
    this.port = port;
    this.home = join(folder, 'home');
    this.keyFile = join(folder, 'id_ed25519');
  }

  /** Where and how to log in with {@link keyFile}. */
  get endpoint(): SshEndpoint {
    return {
      kind: 'ssh',
      host: this.host,
      port: this.port,
      user: this.user,
      identityFiles: [this.keyFile],
      identitiesOnly: true,
    };
  }

  /** The line of a known_hosts file that names this server and its key. */
  get knownHostsLine(): string {
    return `[${this.host}]:${this.port} ${this.#hostKeyLine.split(' ').slice(0, 2).join(' ')}`;
  }

  get fingerprint(): string {
    return fingerprintOfLine(this.#hostKeyLine);
  }

  /** Everything the server said so far, at level VERBOSE unless told otherwise. */
  get log(): string {
    return this.#log;
  }

  /** Makes folders, keys and configuration. Called by {@link startSshd}. */
  async prepare(): Promise<void> {
    await mkdir(this.home);
    if (this.#options.homeBytes !== undefined) await mountSmallDisk(this.home, this.#options.homeBytes);
    await this.authorize(await makeSshKey(this.keyFile));
    this.#hostKeyLine = await makeSshKey(this.#hostKeyFile);
    if (this.#options.python3 === 'absent') await this.#hidePython();
    await writeFile(this.#configFile, this.#config());
  }

  async start(): Promise<void> {
    // Where sshd runs as root it confines itself in this folder, which a boot would have made.
    if (process.getuid?.() === 0) await mkdir('/run/sshd', { recursive: true });
    const child = spawnOwned(await sshdProgram(), ['-D', '-e', '-f', this.#configFile], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#process = child;
    await this.#listening(child);
  }

  /** Ends the server and every connection. Safe to repeat. */
  async stop(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child?.pid === undefined) return;
    const connections = await connectionProcesses(child.pid);
    const ended = endOwned(child);
    killProcesses(connections);
    await ended;
  }

  /** Stops and starts on the same port. */
  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** As after a reinstallation: the same address shows another host key. */
  async changeHostKey(): Promise<void> {
    await rm(this.#hostKeyFile);
    await rm(`${this.#hostKeyFile}.pub`);
    this.#hostKeyLine = await makeSshKey(this.#hostKeyFile);
    await this.restart();
  }

  /** Breaks every connection at once; the server goes on, and so does what was started detached. */
  async cutConnections(): Promise<void> {
    if (this.#process?.pid !== undefined) killProcesses(await connectionProcesses(this.#process.pid));
  }

  /** How many clients are connected now. */
  async countConnections(): Promise<number> {
    const pid = this.#process?.pid;
    return pid === undefined ? 0 : (await connectionProcesses(pid, 'direct')).length;
  }

  /** Lets the owner of another key in. */
  async authorize(publicLine: string): Promise<void> {
    await writeFile(this.#authorizedKeysFile, `${publicLine}\n`, { flag: 'a' });
  }

  get #hostKeyFile(): string {
    return join(this.#folder, 'host_ed25519');
  }

  get #authorizedKeysFile(): string {
    return join(this.#folder, 'authorized_keys');
  }

  get #configFile(): string {
    return join(this.#folder, 'sshd_config');
  }

  get #hiddenPythonFolder(): string {
    return join(this.#folder, 'no-python');
  }

  /** What a shell answers where there is no python3, put first on the PATH. */
  async #hidePython(): Promise<void> {
    const program = join(this.#hiddenPythonFolder, 'python3');
    await mkdir(this.#hiddenPythonFolder);
    await writeFile(program, '#!/bin/sh\necho "sh: 1: exec: python3: not found" >&2\nexit 127\n');
    await chmod(program, 0o755);
  }

  #config(): string {
    const path = this.#options.path ?? process.env.PATH ?? '';
    const shownPath = this.#options.python3 === 'absent' ? `${this.#hiddenPythonFolder}:${path}` : path;
    return [
      ...(this.#options.config ?? []),
      `Port ${this.port}`,
      `ListenAddress ${this.host}`,
      `HostKey ${this.#hostKeyFile}`,
      `AuthorizedKeysFile ${this.#authorizedKeysFile}`,
      `MaxSessions ${this.#options.maxSessions ?? 10}`,
      // Set last of all by sshd, so it wins over the passwd file: everyone lives in our folder.
      `SetEnv "HOME=${this.home}" "PATH=${shownPath}"`,
      ...(this.#options.sftp === 'absent' ? [] : [`Subsystem sftp internal-sftp -d ${this.home}`]),
      'PidFile none',
      'StrictModes no',
      'UsePAM no',
      'UseDNS no',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'PermitRootLogin yes',
      'PrintMotd no',
      'PrintLastLog no',
      'MaxStartups 100',
      'LogLevel VERBOSE',
      '',
    ].join('\n');
  }

  #listening(child: ChildProcess): Promise<void> {
    const before = this.#log.length;
    return new Promise((resolve, reject) => {
      child.stderr?.setEncoding('utf8').on('data', (text: string) => {
        this.#log += text;
        this.#options.onLog?.(text);
        if (this.#log.includes('Server listening on', before)) resolve();
      });
      child.once('error', reject);
      child.once('exit', () => reject(new Error(`sshd did not start: ${this.#log}`)));
    });
  }
}

/** sshd wants to be called by its absolute path, and is on no user's PATH. */
async function sshdProgram(): Promise<string> {
  for (const program of ['/usr/sbin/sshd', '/usr/local/sbin/sshd', '/usr/bin/sshd']) {
    try {
      await access(program);
      return program;
    } catch {
      continue;
    }
  }
  throw new Error('There is no sshd on this computer: install it, for example `apt install openssh-server`.');
}

/** A port nobody listens on. Between here and sshd another could take it; then sshd says so. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
