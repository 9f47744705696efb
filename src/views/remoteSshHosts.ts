import { access } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { DisposableStore, type Disposable } from '../disposable.js';
import { messageOf, NotFoundError } from '../errors.js';
import type { Fleet, FleetSnapshot } from '../fleet.js';
import type { Job } from '../jobs/job.js';
import type { SshInclude } from '../remote/ssh/sshInclude.js';
import type { Trainyard } from '../trainyard.js';
import { can } from './jobAbilities.js';
import { jobsOf } from './rentedMachines.js';

/** What a job's machine is called in the user's ssh configuration. */
export const aliasOf = (jobId: string): string => `trainyard-${jobId}`;

/** The machines of jobs under names that every program knows which reads the user's ssh configuration. */
export class RemoteSshHosts implements Disposable {
  readonly #engine: Trainyard;
  readonly #userSsh = join(process.env.HOME ?? homedir(), '.ssh');
  readonly #own = new DisposableStore();
  /** The jobs with a machine at the last look; `undefined` before the first. */
  #told: string | undefined;

  constructor(engine: Trainyard, fleet: Fleet) {
    this.#engine = engine;
    this.#own.add(fleet.onDidChange.on((snapshot) => void this.#forgetGone(snapshot)));
  }

  include(): Promise<SshInclude> {
    return this.#engine.sshInclude(join(this.#userSsh, 'config'));
  }

  /** Gives a job's machine its name. @returns the name */
  async add(job: Job, signal: AbortSignal): Promise<string> {
    const engine = this.#engine;
    const endpoint = await engine.endpoint(job, signal);
    if (endpoint.kind === 'local') throw new NotFoundError(`${job.spec.name} runs on this computer.`);
    const alias = aliasOf(job.spec.id);
    const own = [engine.home.knownHosts, join(this.#userSsh, 'known_hosts')];
    const knownHosts = job.spec.rent === null ? own : [engine.folder(job.spec.id).knownHosts];
    await (await this.include()).put({ alias, endpoint, knownHosts });
    return alias;
  }

  dispose(): void {
    this.#own.dispose();
  }

  /** A machine that is gone leaves no name behind: its address may be somebody else's soon. */
  async #forgetGone(snapshot: FleetSnapshot): Promise<void> {
    const withMachine = jobsOf(snapshot).filter((job) => can(job, 'overSsh'));
    const aliases = withMachine.map(({ spec }) => aliasOf(spec.id));
    const before = this.#told;
    this.#told = aliases.join();
    if (before === this.#told) return;
    try {
      if (!(await isThere(this.#engine.home.sshConfig))) return;
      await (await this.include()).keepOnly(new Set(aliases));
    } catch (error) {
      this.#engine.logger.warn(`ssh include → ${messageOf(error)}`);
    }
  }
}

const isThere = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );
