import type { SshEndpoint } from '../../../src/remote/host.js';
import { type CleanUp, removeFolder } from '../../support/tempDir.js';
import { type MachineAddress, containerAddress } from './machineAddress.js';
import { MachineFolder } from './machineFolder.js';
import { MachineProcess } from './machineProcess.js';
import { findSecret } from './secretSearch.js';

export type LoginUser = 'root' | 'ubuntu';

/** Whether SSH works: `silent` takes connections and never answers. */
export type SshDoor = 'open' | 'shut' | 'silent';

/** How a command on the machine ended it; after `reboot` it expects to be booted again. */
export type MachineEnd = 'off' | 'reboot';

/** What `nvidia-smi` shows. */
export interface Gpu {
  /** As the driver says it: `NVIDIA GeForce RTX 4090`. */
  readonly name: string;
  readonly count: number;
  /** Of one. */
  readonly memoryMib: number;
  /** `550.54.15` when not given. */
  readonly driver?: string;
}

/** `none`: no driver at all. `broken`: nvidia-smi is there and fails. */
export type Gpus = Gpu | 'none' | 'broken';

export interface MachineOptions {
  /** Where sshd listens; a free port of 127.0.0.1 when not given. */
  readonly address?: MachineAddress;
  /** Who logs in: containers have `root`, virtual machines `ubuntu`. Both may do everything. */
  readonly user: LoginUser;
  /** Public lines that are let in; more by {@link SimulatedMachine.authorize}. */
  readonly authorizedKeys: readonly string[];
  /** Lets the user in by password too. */
  readonly password?: string;
  /** What the cloud injects: the whole environment of PID 1, which its start script inherits and logins do not. */
  readonly environment: Readonly<Record<string, string>>;
  /** Runs at every boot, after sshd began: onstart, start command, user data. By its `#!` line, else by bash. */
  readonly startScript?: string;
  readonly gpus: Gpus;
  /** How sshd is at first; `open` when not given. */
  readonly ssh?: SshDoor;
  /** The machine ended or wants to boot again, by a command on it (`shutdown`, `reboot`). */
  readonly onEnd?: (end: MachineEnd) => void;
  /** The start script is over; a container ends with its start command. */
  readonly onStartScriptEnd?: (exitCode: number) => void;
}

/**
 * A rented machine: processes, files and users of its own, with a real sshd, on this computer's Linux. Of this
 * computer it sees programs, read-only, and the network. It ends with its owner, or when this process ends in any way.
 */
export class SimulatedMachine {
  readonly #options: MachineOptions;
  readonly #folder: MachineFolder;
  #address: MachineAddress;
  #process: MachineProcess;

  private constructor(
    options: MachineOptions,
    folder: MachineFolder,
    address: MachineAddress,
    process: MachineProcess,
  ) {
    this.#options = options;
    this.#folder = folder;
    this.#address = address;
    this.#process = process;
  }

  /**
   * Boots one. Resolves when PID 1 runs and sshd is as asked for.
   * @throws in one sentence, where this computer cannot
   */
  static async boot(owner: CleanUp, options: MachineOptions): Promise<SimulatedMachine> {
    const booting = SimulatedMachine.#boot(options);
    owner.after(async () => {
      const [machine] = await Promise.allSettled([booting]);
      if (machine.status === 'fulfilled') await machine.value.kill();
    });
    return booting;
  }

  static async #boot(options: MachineOptions): Promise<SimulatedMachine> {
    if (process.getuid?.() !== 0) throw new Error('Simulated machines need root on Linux: run this as root.');
    const address = options.address ?? (await containerAddress());
    const folder = await MachineFolder.make(options);
    try {
      const running = await MachineProcess.start(folder, address, options);
      return new SimulatedMachine(options, folder, address, running);
    } catch (error) {
      await removeFolder(folder.path);
      throw error;
    }
  }

  get address(): MachineAddress {
    return this.#address;
  }

  get user(): LoginUser {
    return this.#options.user;
  }

  /** The user's home folder, as seen from outside. */
  get files(): string {
    return this.#folder.home;
  }

  /** Its host key as in `known_hosts`: type and key. */
  get hostKeyLine(): string {
    return this.#folder.hostKeyLine;
  }

  /** Whether it is switched on. */
  get isRunning(): boolean {
    return this.#process.isRunning;
  }

  /** Where and how to log in with a private key. */
  endpoint(keyFile: string): SshEndpoint {
    return { kind: 'ssh', ...this.#address, user: this.user, identityFiles: [keyFile], identitiesOnly: true };
  }

  /** Lets the owner of another key in, from the next login on. */
  authorize(publicLine: string): Promise<void> {
    return this.#folder.authorize(publicLine);
  }

  /** What the start script wrote, at all boots. */
  console(): Promise<string> {
    return this.#folder.console();
  }

  /** What sshd said, at level VERBOSE. */
  sshLog(): Promise<string> {
    return this.#folder.sshLog();
  }

  /**
   * Opens and shuts the way in, while everything else goes on. `shut` ends every connection and refuses others; `silent`
   * is a host that has died: connections stay and nothing answers any more, not even with a banner.
   */
  setSsh(door: SshDoor): Promise<void> {
    return this.#process.setSsh(door);
  }

  /** From the next question on. */
  setGpus(gpus: Gpus): Promise<void> {
    return this.#folder.writeGpus(gpus);
  }

  /** Everything running ends at once; files stay. Safe to repeat. */
  powerOff(): Promise<void> {
    return this.#process.kill();
  }

  /** Boots a machine that is off, or one that runs after all of it has ended. Its address and environment may change. */
  async reboot(
    changes: Partial<Pick<MachineOptions, 'address' | 'environment' | 'ssh'>> = {},
  ): Promise<void> {
    await this.powerOff();
    const options = { ...this.#options, ...changes };
    this.#address = options.address ?? this.#address;
    this.#process = await MachineProcess.start(this.#folder, this.#address, options);
  }

  /** The end: processes at once, then files. Safe to repeat. */
  async kill(): Promise<void> {
    await this.powerOff();
    await removeFolder(this.#folder.path);
  }

  /** The ids, outside, of all processes on it now. */
  processes(): Promise<readonly number[]> {
    return this.#process.processes();
  }

  /**
   * Where on the machine a text is: files that it has or has written anywhere, environments and command lines of all
   * processes. Empty when it is nowhere.
   */
  async findSecret(text: string): Promise<readonly string[]> {
    return findSecret(text, this.#folder.path, await this.processes());
  }

  async containsSecret(text: string): Promise<boolean> {
    return (await this.findSecret(text)).length > 0;
  }
}
