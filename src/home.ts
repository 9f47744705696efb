import { access, constants, mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { InputError, messageOf } from './errors.js';

/** `$TRAINYARD_HOME` (default `~/.trainyard`): what every window and the CLI share. */
export class TrainyardHome {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  static fromEnvironment(env: NodeJS.ProcessEnv): TrainyardHome {
    const given = env.TRAINYARD_HOME;
    return new TrainyardHome(given ? resolve(given) : join(homedir(), '.trainyard'));
  }

  get jobs(): string {
    return join(this.path, 'jobs');
  }

  /** What can be thrown away: content hashes of files, and the like. */
  get cache(): string {
    return join(this.path, 'cache');
  }

  /** Host keys of the user's own machines that were pinned on first sight. */
  get knownHosts(): string {
    return join(this.path, 'known_hosts');
  }

  /** Rented machines that could not be used, remembered for a day. */
  get badHosts(): string {
    return join(this.path, 'bad-hosts.json');
  }

  /** Who sweeps, and when it was last done. */
  get sweep(): string {
    return join(this.path, 'sweep');
  }

  /** Machines of jobs for other programs, included by the user's own ssh configuration when they said so. */
  get sshConfig(): string {
    return join(this.path, 'ssh_config');
  }

  get sshHosts(): string {
    return join(this.path, 'ssh-hosts.json');
  }

  job(id: string): JobFolder {
    return new JobFolder(join(this.jobs, id));
  }

  /**
   * Makes the folder when it is not there.
   * @throws {InputError} it cannot be made or written
   */
  async prepare(): Promise<void> {
    try {
      await mkdir(this.jobs, { recursive: true, mode: 0o700 });
      await access(this.jobs, constants.W_OK);
    } catch (cause) {
      throw new InputError(
        `Trainyard cannot write to its folder ${this.path} (${messageOf(cause)}). Make it writable, or set TRAINYARD_HOME to another folder.`,
        { cause },
      );
    }
  }

  /** The folder of a new job. */
  async makeJob(id: string): Promise<JobFolder> {
    await this.prepare();
    const folder = this.job(id);
    await mkdir(folder.path, { mode: 0o700 });
    return folder;
  }
}

/** The files of one job on this computer. */
export class JobFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  get journal(): string {
    return join(this.path, 'job.jsonl');
  }

  /** Byte-exact mirror of the log on the machine. */
  get log(): string {
    return join(this.path, 'output.log');
  }

  /** The private key that only this job's machines let in. */
  get key(): string {
    return join(this.path, 'id_ed25519');
  }

  /** Host keys of this job's machines. */
  get knownHosts(): string {
    return join(this.path, 'known_hosts');
  }

  get samples(): string {
    return join(this.path, 'gpu.jsonl');
  }

  get checkpoints(): string {
    return join(this.path, 'checkpoints');
  }

  /** Which checkpoints the machine was last seen to have. */
  get checkpointList(): string {
    return join(this.path, 'checkpoints.json');
  }

  /** Images that the model drew while it trained; `samples` is the load of the machine. */
  get modelSamples(): string {
    return join(this.path, 'samples');
  }

  /** Which of these images is which file of the machine, a line each. */
  get modelSampleIndex(): string {
    return join(this.modelSamples, 'index.jsonl');
  }
}
