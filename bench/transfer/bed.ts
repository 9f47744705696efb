import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { Agent } from '../../src/remote/agent.js';
import type { SshEndpoint } from '../../src/remote/host.js';
import type { SshHost } from '../../src/remote/ssh/sshHost.js';
import { endOwned, spawnOwned } from '../../test/support/ownedProcess.js';
import { openSshHost } from '../../test/support/sshHost.js';
import { type Sshd, startSshd } from '../../test/support/sshd.js';
import type { CleanUp } from '../../test/support/tempDir.js';
import { tempDir } from '../../test/support/tempDir.js';
import { never, runtime } from '../../test/support/transferFixture.js';
import type { LineOptions } from './line.js';

/**
 * What a login script with conda or pyenv in it costs each program that is started over SSH, ours and the others. The
 * programs are the system's: pyenv puts another script in the place of python3, which costs as much once more.
 */
const slowLogin = 'sleep 0.1\nPATH=/usr/bin:/bin:$PATH\n';

/** A program of this bench, bundled beside the one that runs. */
export function benchProgram(name: string): string {
  return join(dirname(process.argv[1] ?? ''), `${name}.js`);
}

/** The way to the machine for one row: our host, and the words for OpenSSH's programs. */
export interface Way {
  /** Logged in already. */
  readonly host: SshHost;
  readonly endpoint: SshEndpoint;
  /** Another one, not yet connected. */
  coldHost(): Promise<SshHost>;
  /** `-F` and a file: what `ssh`, `scp` and `sftp` begin with. */
  readonly config: readonly string[];
  /** A name in that file; each program makes a connection of its own. */
  readonly machine: string;
  /** The same machine over a ControlMaster that stays. */
  readonly liveMachine: string;
}

/** A machine to measure with: a real sshd, a folder there, a folder here, and lines to it. */
export class Bed implements CleanUp {
  readonly #cleanUps: (() => Promise<void>)[] = [];
  readonly #ways = new Map<string, Promise<Way>>();
  readonly here: string;
  readonly there: string;
  readonly root: string;
  readonly #sshd: Sshd;

  private constructor(here: string, sshd: Sshd, cleanUps: (() => Promise<void>)[]) {
    this.here = here;
    this.#sshd = sshd;
    this.#cleanUps = cleanUps;
    this.there = join(sshd.home, 'there');
    this.root = join(sshd.home, '.trainyard');
  }

  static async open(): Promise<Bed> {
    const cleanUps: (() => Promise<void>)[] = [];
    const test = { after: (done: () => Promise<void>) => void cleanUps.push(done) };
    const bed = new Bed(await tempDir(test, 'ty-bench-'), await startSshd(test), cleanUps);
    await mkdir(bed.there);
    await writeFile(join(bed.#sshd.home, '.bashrc'), slowLogin);
    return bed;
  }

  after(done: () => Promise<void>): void {
    this.#cleanUps.push(done);
  }

  async close(): Promise<void> {
    for (const cleanUp of this.#cleanUps.reverse()) await cleanUp();
  }

  /** Forgets all that was sent, and what we remember of it. */
  async clear(): Promise<void> {
    const folders = [this.there, join(this.root, 'datasets'), join(this.here, 'cache')];
    await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })));
    await mkdir(this.there);
  }

  /** The way over such a line; made once. */
  way(line: LineOptions): Promise<Way> {
    const key = JSON.stringify(line);
    const way = this.#ways.get(key) ?? this.#makeWay(line);
    this.#ways.set(key, way);
    return way;
  }

  async #makeWay(line: LineOptions): Promise<Way> {
    const isPlain = line.roundTripMs === 0 && line.megabitsPerSecond === undefined;
    const port = isPlain ? this.#sshd.port : await this.#startLine(line);
    const endpoint = { ...this.#sshd.endpoint, port };
    const config = ['-F', await this.#writeConfig(port)];
    const coldHost = (): Promise<SshHost> => openSshHost(this, endpoint, { root: this.root });
    await this.#startMaster(config);
    const host = await coldHost();
    (await Agent.start(host, runtime, never)).dispose();
    return { host, endpoint, coldHost, config, machine: 'machine', liveMachine: 'live' };
  }

  async #startLine(line: LineOptions): Promise<number> {
    const args = [benchProgram('lineProcess'), String(this.#sshd.port), JSON.stringify(line)];
    const child = spawnOwned(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.after(() => endOwned(child));
    if (child.stdout === null) throw new Error('a line without a word');
    const [port] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    return Number(port);
  }

  async #writeConfig(port: number): Promise<string> {
    const path = join(this.here, `ssh-${port}.conf`);
    const lines = [
      'Host live',
      `  ControlPath ${join(this.here, `m-${port}`)}`,
      'Host *',
      `  HostName ${this.#sshd.host}`,
      `  Port ${port}`,
      `  User ${this.#sshd.user}`,
      `  IdentityFile ${this.#sshd.keyFile}`,
      '  IdentitiesOnly yes',
      '  StrictHostKeyChecking no',
      `  UserKnownHostsFile ${join(this.here, `known-${port}`)}`,
      '  LogLevel ERROR',
      '',
    ];
    await writeFile(path, lines.join('\n'));
    return path;
  }

  async #startMaster(config: readonly string[]): Promise<void> {
    const child = spawnOwned('ssh', [...config, '-M', '-N', 'live'], { stdio: 'ignore' });
    this.after(() => endOwned(child));
    const isThere = (): Promise<boolean> =>
      new Promise((resolve) => {
        const check = spawn('ssh', [...config, '-O', 'check', 'live'], { stdio: 'ignore' });
        check.once('close', (code) => resolve(code === 0));
      });
    while (!(await isThere())) await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
