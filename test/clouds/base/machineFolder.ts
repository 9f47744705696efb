import { existsSync } from 'node:fs';
import { appendFile, chmod, copyFile, mkdir, mkdtemp, readFile } from 'node:fs/promises';
import { realpath, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findProgram } from '../../support/findProgram.js';
import { removeFolder } from '../../support/tempDir.js';
import { type HostPython, hostPython } from './hostPython.js';
import type { MachineAddress } from './machineAddress.js';
import { boundEtc, makeEtc } from './machineEtc.js';
import type { Gpus, LoginUser, MachineOptions } from './simulatedMachine.js';

/** Folders that lie over the ones of this computer when the machine runs, as init.py has them. */
const covered = ['/root', '/home', '/etc', '/var', '/opt', '/run', '/dev/shm', '/tmp'];
const sources = fileURLToPath(new URL('./machine/', import.meta.url));
const systemFolders = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
/** What must not reach this computer, and has a stand-in on the machine. */
const powerPrograms = ['shutdown', 'poweroff', 'halt', 'reboot', 'systemctl', 'service'];
const bin = '/run/machine/bin';

/** All files of one simulated machine: what is `/etc` on it is `etc` here. */
export class MachineFolder {
  readonly path: string;
  readonly hostKeyLine: string;
  readonly #python: HostPython;
  readonly #user: LoginUser;

  private constructor(path: string, hostKeyLine: string, python: HostPython, user: LoginUser) {
    this.path = path;
    this.hostKeyLine = hostKeyLine;
    this.#python = python;
    this.#user = user;
  }

  static async make(options: MachineOptions): Promise<MachineFolder> {
    const path = await realpath(await mkdtemp(join(tmpdir(), 'trainyard-machine-')));
    try {
      const { user } = options;
      const python = await hostPython();
      await makeFolders(path);
      const hostKeyLine = await makeEtc(join(path, 'etc'), {
        user,
        home: homeOf(user),
        withPassword: options.password !== undefined,
        searchPath: searchPath(python),
      });
      const folder = new MachineFolder(path, hostKeyLine, python, user);
      await folder.#fill(options);
      return folder;
    } catch (error) {
      await removeFolder(path);
      throw error;
    }
  }

  /** The user's home, from outside. */
  get home(): string {
    return join(this.path, homeOf(this.#user));
  }

  /** What PID 1 runs. */
  get init(): readonly string[] {
    return [this.#python.program, '-I', '-S', join(this.path, 'run/machine/init.py')];
  }

  /** What PID 1 is told at first. Paths are those on the machine, but for `folder`. */
  bootOrder(address: MachineAddress, password: string | undefined): object {
    const home = homeOf(this.#user);
    const listen = ['-o', `ListenAddress=${address.host}`, '-o', `Port=${address.port}`];
    return {
      folder: this.path,
      kept: [...boundEtc, ...this.#python.folders].filter((path) => existsSync(path) && isCovered(path)),
      covers: covers(),
      user: this.#user,
      home,
      password: password ?? null,
      defaults: { PATH: searchPath(this.#python), HOME: home },
      script: '/run/machine/start-script',
      sshd: [sshdProgram(), '-D', '-e', ...listen],
    };
  }

  async authorize(publicLine: string): Promise<void> {
    const folder = join(this.home, '.ssh');
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await appendFile(join(folder, 'authorized_keys'), `${publicLine}\n`, { mode: 0o600 });
  }

  /** What nvidia-smi shows from now on. */
  async writeGpus(gpus: Gpus): Promise<void> {
    const program = join(this.path, bin, 'nvidia-smi');
    if (gpus === 'none') return rm(program, { force: true });
    const file = join(this.path, 'run/machine/gpus.json');
    await writeFile(`${file}.new`, JSON.stringify(shownGpus(gpus)));
    await rename(`${file}.new`, file);
    const python = `${this.#python.program} -I -S /run/machine/nvidia_smi.py /run/machine/gpus.json`;
    await writeFile(program, `#!/bin/sh\nexec ${python} "$@"\n`, { mode: 0o755 });
  }

  console(): Promise<string> {
    return readFile(join(this.path, 'var/log/console.log'), 'utf8');
  }

  sshLog(): Promise<string> {
    return readFile(join(this.path, 'var/log/sshd.log'), 'utf8');
  }

  async #fill({ authorizedKeys, gpus, startScript }: MachineOptions): Promise<void> {
    const machine = join(this.path, 'run/machine');
    for (const name of ['init.py', 'nvidia_smi.py']) await copyFile(join(sources, name), join(machine, name));
    for (const name of powerPrograms) await installProgram('power.sh', join(this.path, bin, name));
    await installProgram('sudo.sh', join(this.path, bin, 'sudo'));
    await this.writeGpus(gpus);
    for (const key of authorizedKeys) await this.authorize(key);
    // A login shell begins with the system's own search path.
    await writeFile(join(this.home, '.profile'), `PATH="${searchPath(this.#python)}"\n`);
    for (const name of ['console.log', 'sshd.log']) await writeFile(join(this.path, 'var/log', name), '');
    if (startScript !== undefined)
      await writeFile(join(machine, 'start-script'), startScript, { mode: 0o700 });
  }
}

async function makeFolders(path: string): Promise<void> {
  const inside = [
    'home/ubuntu',
    'run/sshd',
    'run/lock',
    'run/machine/bin',
    'var/log',
    'var/lib',
    'var/cache',
  ];
  for (const folder of [...covered, ...inside]) await mkdir(join(path, folder), { recursive: true });
  for (const folder of ['tmp', 'var/tmp', 'dev/shm']) {
    await mkdir(join(path, folder), { recursive: true });
    await chmod(join(path, folder), 0o1777);
  }
  await chmod(join(path, 'root'), 0o700);
  await symlink('/run', join(path, 'var/run'));
}

async function installProgram(source: string, file: string): Promise<void> {
  await copyFile(join(sources, source), file);
  await chmod(file, 0o755);
}

function isCovered(path: string): boolean {
  return covered.some((folder) => path.startsWith(`${folder}/`));
}

function homeOf(user: LoginUser): string {
  return user === 'root' ? '/root' : `/home/${user}`;
}

/** sshd wants to be called by its absolute path. */
function sshdProgram(): string {
  const program = findProgram('sshd');
  if (program === undefined)
    throw new Error('Simulated machines need sshd: install it, for example `apt install openssh-server`.');
  return program;
}

/** Our programs, this computer's python3, then the usual folders. */
function searchPath(python: HostPython): string {
  return [...new Set([bin, dirname(python.program), ...systemFolders])].join(delimiter);
}

/** This computer's own programs that the machine's take the place of, also where they are called by their whole path. */
function covers(): Readonly<Record<string, string>> {
  const ours = new Map([...powerPrograms, 'sudo'].map((name) => [name, `${bin}/${name}`]));
  ours.set('nvidia-smi', '/dev/null');
  const pairs = [...ours].flatMap(([name, program]) =>
    systemFolders.map((folder) => [join(folder, name), program] as const),
  );
  return Object.fromEntries(pairs.filter(([file]) => existsSync(file)));
}

function shownGpus(gpus: Exclude<Gpus, 'none'>): object {
  if (gpus === 'broken') return { broken: 'Failed to initialize NVML: Driver/library version mismatch' };
  const { name, memoryMib, count, driver = '550.54.15' } = gpus;
  return { gpus: Array.from({ length: count }, () => ({ name, memoryMib, driver, count })) };
}
