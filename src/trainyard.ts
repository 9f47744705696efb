import { readdir } from 'node:fs/promises';
import { InputError, NotFoundError, hasCode, messageOf } from './errors.js';
import type { JobFolder, TrainyardHome } from './home.js';
import type { JobFeed } from './jobs/feed.js';
import type { Customized, CustomizeRequest } from './jobs/customize.js';
import type { HostOpener } from './jobs/hostOpener.js';
import type { CollectedFile, Job, Place } from './jobs/job.js';
import { Journal } from './jobs/journal.js';
import { readDriver, type Driver } from './jobs/lease.js';
import type { Machine } from './jobs/machine.js';
import { addressOf } from './jobs/place.js';
import type { Draft, Plan, Planning, TrainRequest } from './jobs/plan.js';
import type { Remedy } from './jobs/remedy.js';
import { isRemedyCode } from './jobs/remedyCodes.js';
import { requestExtension, requestResume, requestStop } from './jobs/requests.js';
import type { DriveResult, RunnerOptions } from './jobs/runner.js';
import type { KeptItem, Reclaimed } from './jobs/reclaim.js';
import type { SecretSource } from './jobs/secrets.js';
import type { Logger } from './logger.js';
import { Providers } from './providers/index.js';
import { localInstanceId } from './providers/local.js';
import type { Instance } from './providers/provider.js';
import { SshHosts } from './providers/sshHosts.js';
import type { OnCheckProgress, SecretNeed } from './recipes/recipe.js';
import type { Endpoint, Host } from './remote/host.js';
import type { RuntimeFiles } from './remote/runtimeFiles.js';

export interface TrainyardOptions {
  readonly home: TrainyardHome;
  readonly runtime: RuntimeFiles;
  readonly hosts: HostOpener;
  /** Keys of the user's own accounts, for trainings that need them. */
  readonly secrets: SecretSource;
  readonly logger: Logger;
  /** How often files of jobs are looked at while somebody watches. */
  readonly pollMs: number;
}

/** A job of the list: its state, or why its journal cannot be read. */
export type Listed =
  | {
      readonly id: string;
      readonly job: Job;
      readonly driver: Driver;
      /** What can be done about the way it ended. */
      readonly remedy: Remedy | null;
    }
  | { readonly id: string; readonly error: string };

/** A machine, the job that uses it and its SSH endpoint; `null` where there is none. */
export interface MachineRecord {
  readonly instance: Instance;
  readonly job: string | null;
  readonly ssh: { readonly host: string; readonly port: number; readonly user: string } | null;
}

/** The engine that the editor and the terminal open: everything that can be done with jobs and machines. */
export class Trainyard {
  readonly home: TrainyardHome;
  readonly sshHosts: SshHosts;
  readonly providers: Providers;
  readonly logger: Logger;
  readonly #options: TrainyardOptions;

  constructor(options: TrainyardOptions) {
    this.#options = options;
    this.home = options.home;
    this.logger = options.logger;
    this.sshHosts = new SshHosts(options.home.sshHosts);
    this.providers = new Providers(this.sshHosts);
  }

  /** What the request comes to, checked as far as this computer can. */
  async draft(request: TrainRequest, signal: AbortSignal, onProgress?: OnCheckProgress): Promise<Draft> {
    const { draft } = await import('./engineRoom.js');
    return draft(request, this.#planning, signal, onProgress);
  }

  /** The keys a draft's training cannot begin without that nobody has: {@link plan} refuses for them. */
  async missingSecrets({ recipe, spec }: Draft): Promise<readonly SecretNeed[]> {
    const { missingSecrets } = await import('./engineRoom.js');
    return missingSecrets(recipe, spec.parameters, this.#options.secrets);
  }

  /** What the request comes to, with everything checked that can be checked before it starts. */
  async plan(request: TrainRequest, signal: AbortSignal, onProgress?: OnCheckProgress): Promise<Plan> {
    const { plan } = await import('./engineRoom.js');
    return plan(request, this.#planning, signal, onProgress);
  }

  /** The request that runs a job once more, see {@link requestAgain}. */
  async again(id: string, changes: Readonly<Record<string, unknown>>): Promise<TrainRequest> {
    const { requestAgain } = await import('./engineRoom.js');
    return requestAgain((await this.job(id)).spec, changes);
  }

  /** What can be done about the way a job ended, see {@link remedyOf}. */
  async remedy(job: Job): Promise<Remedy | null> {
    if (job.stage.state !== 'ended' || !isRemedyCode(job.stage.reason.code)) return null;
    const { remedyOf } = await import('./engineRoom.js');
    return remedyOf(job);
  }

  /** Makes the program of a recipe the user's own, see {@link customize}. */
  async customize(request: CustomizeRequest, signal: AbortSignal): Promise<Customized> {
    const { customize } = await import('./engineRoom.js');
    return customize(request, this.runtime, signal);
  }

  /** Makes the job. It begins when somebody drives it. */
  async start({ spec }: Pick<Plan, 'spec'>): Promise<string> {
    const folder = await this.home.makeJob(spec.id);
    await Journal.create(folder.journal, { type: 'planned', spec });
    return spec.id;
  }

  /** Drives a job to its end, unless somebody else does. Aborting detaches. */
  async drive(id: string, signal: AbortSignal): Promise<DriveResult> {
    const { drive } = await import('./engineRoom.js');
    const folder = this.home.job(id);
    return drive(await this.#journal(id), folder, this.#runner, signal);
  }

  /** Every job, newest first. */
  async jobs(): Promise<Listed[]> {
    const ids = await jobIds(this.home);
    const listed = await Promise.all(ids.map((id) => this.#list(id)));
    return listed.filter((entry) => entry !== undefined).sort(newestFirst);
  }

  async job(id: string): Promise<Job> {
    return (await this.#journal(id)).job;
  }

  driver(id: string): Promise<Driver> {
    return readDriver(this.home.job(id).path);
  }

  /** The id that begins with `text`. @throws {NotFoundError | InputError} none, or several */
  async resolveJob(text: string): Promise<string> {
    const ids = await jobIds(this.home);
    if (ids.includes(text)) return text;
    const matching = text === '' ? [] : ids.filter((id) => id.startsWith(text));
    const [only, ...more] = matching;
    if (only === undefined) {
      throw new NotFoundError(`There is no job "${text}". "trainyard jobs" lists them.`);
    }
    if (more.length > 0) {
      throw new InputError(`"${text}" could be ${matching.join(' or ')}. Write more of the name.`);
    }
    return only;
  }

  async feed(id: string): Promise<JobFeed> {
    const { JobFeed } = await import('./engineRoom.js');
    return JobFeed.open(this.home.job(id), this.#options.pollMs);
  }

  get runtime(): RuntimeFiles {
    return this.#options.runtime;
  }

  folder(id: string): JobFolder {
    return this.home.job(id);
  }

  /** See {@link requestStop}. */
  async requestStop(id: string): Promise<Job> {
    return requestStop(await this.#journal(id));
  }

  /** See {@link requestResume}. */
  async requestResume(id: string): Promise<Job> {
    return requestResume(await this.#journal(id));
  }

  /** See {@link requestExtension}. */
  async extend(id: string, hours: number): Promise<Job> {
    return requestExtension(await this.#journal(id), hours);
  }

  /** Brings what the job has saved so far into `to` (default: where its results go). */
  async collect(
    id: string,
    to: string | undefined,
    onProgress: (name: string, fraction: number) => void,
    signal: AbortSignal,
  ): Promise<readonly CollectedFile[]> {
    const { collectNow } = await import('./engineRoom.js');
    const { runtime } = this.#options;
    const journal = await this.#journal(id);
    const machine = await this.machine(journal.job);
    try {
      const folder = this.home.job(id);
      return await collectNow({ journal, folder, machine, runtime, to, onProgress }, signal);
    } finally {
      machine.dispose();
    }
  }

  /** Takes an ended job off the list, see {@link removeJob}. @returns what could not be deleted on the machine */
  async remove(id: string, signal: AbortSignal): Promise<string | null> {
    const { removeJob } = await import('./engineRoom.js');
    const journal = await this.#journal(id);
    const machine = await this.machine(journal.job);
    try {
      return await removeJob({ journal, folder: this.home.job(id), machine, logger: this.logger }, signal);
    } finally {
      machine.dispose();
    }
  }

  /** See {@link listReclaimable}. */
  async reclaimable(place: Place, signal: AbortSignal): Promise<readonly KeptItem[]> {
    const { askAgentAt, listReclaimable } = await import('./engineRoom.js');
    const jobs = await this.#allJobs();
    return askAgentAt(place, this.#options, (agent) => listReclaimable(agent, jobs, signal), signal);
  }

  /** Deletes on a machine what {@link reclaimable} lists, or `chosen` of it. */
  async reclaimDisk(place: Place, signal: AbortSignal, chosen?: readonly KeptItem[]): Promise<Reclaimed> {
    const { askAgentAt, listReclaimable, reclaim } = await import('./engineRoom.js');
    const jobs = await this.#allJobs();
    return askAgentAt(
      place,
      this.#options,
      async (agent) => reclaim(agent, chosen ?? (await listReclaimable(agent, jobs, signal)), jobs, signal),
      signal,
    );
  }

  async instances(signal: AbortSignal): Promise<readonly Instance[]> {
    const lists = await Promise.all(this.providers.all.map((provider) => provider.list(signal)));
    return lists.flat();
  }

  /** The machines, with the job that uses each now and where it answers. */
  async machines(signal: AbortSignal): Promise<readonly MachineRecord[]> {
    const [instances, jobs] = await Promise.all([this.instances(signal), this.jobs()]);
    const unfinished = jobs.flatMap((entry) =>
      'job' in entry && entry.job.stage.state !== 'ended' ? [entry.job.spec] : [],
    );
    return Promise.all(
      instances.map(async (instance) => {
        const provider = this.providers.get(instance.provider);
        const endpoint = await this.#options.hosts.resolve(await provider.address(instance.id, signal));
        const spec = unfinished.find(({ place }) => instanceIdOf(place) === instance.id);
        const ssh =
          endpoint.kind === 'ssh' ? { host: endpoint.host, port: endpoint.port, user: endpoint.user } : null;
        return { instance, job: spec?.id ?? null, ssh };
      }),
    );
  }

  /** A host for an SSH destination that belongs to no job. The caller disposes it. */
  openSshHost(destination: string, identityFiles: readonly string[], signal: AbortSignal): Promise<Host> {
    return this.#options.hosts.open({ kind: 'ssh', destination, identityFiles }, signal);
  }

  /** Where a job's machine answers, as `ssh` would be told. */
  endpoint({ spec }: Job): Promise<Endpoint> {
    return this.#options.hosts.resolve(addressOf(spec.place));
  }

  /** The machine a job uses or used, for a terminal or a look at its files. The caller disposes it. */
  async machine({ spec }: Job): Promise<Machine> {
    const { Machine } = await import('./engineRoom.js');
    const { hosts, runtime, logger } = this.#options;
    const provider = this.providers.get(spec.place.provider);
    return new Machine({ provider, instanceId: instanceIdOf(spec.place), hosts, runtime, logger });
  }

  #journal(id: string): Promise<Journal> {
    return Journal.open(this.home.job(id).journal);
  }

  get #planning(): Planning {
    const { home, runtime, hosts, secrets } = this.#options;
    return { home, runtime, hosts, secrets, sshHosts: this.sshHosts };
  }

  get #runner(): RunnerOptions {
    return { ...this.#options, providers: this.providers };
  }

  async #allJobs(): Promise<Job[]> {
    return (await this.jobs()).flatMap((listed) => ('job' in listed ? [listed.job] : []));
  }

  async #list(id: string): Promise<Listed | undefined> {
    const folder = this.home.job(id);
    try {
      const { job } = await this.#journal(id);
      return { id, job, driver: await readDriver(folder.path), remedy: await this.remedy(job) };
    } catch (error) {
      if (error instanceof NotFoundError) return undefined;
      return { id, error: messageOf(error) };
    }
  }
}

async function jobIds(home: TrainyardHome): Promise<string[]> {
  try {
    const entries = await readdir(home.jobs, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}

function newestFirst(a: Listed, b: Listed): number {
  const time = (entry: Listed): string => ('job' in entry ? entry.job.spec.created : '');
  return time(b).localeCompare(time(a));
}

/** The machine a place names, without asking its provider. */
const instanceIdOf = ({ destination }: Place): string => destination ?? localInstanceId;
