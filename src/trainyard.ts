import { readdir } from 'node:fs/promises';
import { InputError, NotFoundError, hasCode, messageOf } from './errors.js';
import type { JobFolder, TrainyardHome } from './home.js';
import type { JobFeed } from './jobs/feed.js';
import type { ForwardedPort } from './jobs/forwardPort.js';
import type { Customized, CustomizeRequest } from './jobs/customize.js';
import type { HostOpener } from './jobs/hostOpener.js';
import type { CollectedFile, Job, Limits, Place } from './jobs/job.js';
import { instanceOf } from './jobs/jobInstance.js';
import { Journal } from './jobs/journal.js';
import { readDriver, type Driver } from './jobs/lease.js';
import type { Machine } from './jobs/machine.js';
import type { MachineFiles } from './jobs/machineFiles.js';
import type { Terms } from './jobs/deal.js';
import type { Load } from './jobs/offers/expectedCost.js';
import type { Draft, Plan, Planning, TrainRequest } from './jobs/plan.js';
import type { Remedy } from './jobs/remedy.js';
import { isRemedyCode } from './jobs/remedyCodes.js';
import { requestExtension, requestResume, requestStop } from './jobs/requests.js';
import type { DriveResult, RunnerOptions } from './jobs/runner.js';
import type { KeptItem, Reclaimed } from './jobs/reclaim.js';
import type { MayHoldKey } from './jobs/rented/guard.js';
import type { SecretSource } from './jobs/secrets.js';
import type { Renting } from './jobs/steps/step.js';
import type { Sweeping } from './jobs/sweep/sweepAll.js';
import type { Finding } from './jobs/sweep/sweep.js';
import type { TerminatedMachine } from './jobs/sweep/terminate.js';
import type { ListOffersOptions } from './jobs/offers.js';
import type { Logger } from './logger.js';
import { Providers } from './providers/index.js';
import type { CloudSettings } from './providers/clouds.js';
import { labelPrefix, type CloudProvider, type Offer, type OfferNeed } from './providers/cloud.js';
import type { Instance, Provider } from './providers/provider.js';
import { SshHosts } from './providers/sshHosts.js';
import type { OnCheckProgress, SecretNeed } from './recipes/recipe.js';
import type { Endpoint, Host } from './remote/host.js';
import type { RuntimeFiles } from './remote/runtimeFiles.js';
import type { SshInclude } from './remote/ssh/sshInclude.js';
import { timeScaleOf } from './timeScale.js';

export interface TrainyardOptions {
  readonly home: TrainyardHome;
  readonly runtime: RuntimeFiles;
  readonly hosts: HostOpener;
  /** Keys of the user's own accounts, for trainings that need them. */
  readonly secrets: SecretSource;
  /** Keys, endpoints and settings of the clouds. */
  readonly cloudSettings: CloudSettings;
  /** Whether machines of a cloud may be given the key of the whole account, to end themselves. */
  readonly mayHoldKey: MayHoldKey;
  /** Asks a person before a dearer machine is taken; absent: nobody can be asked. */
  readonly askDearer?: Renting['askDearer'];
  /** Most that may be spent in a calendar month, in US dollars. */
  readonly monthlyBudgetUsd: () => number | null;
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
  /** Whether Trainyard made it; what it did not make it never touches. */
  readonly isOurs: boolean;
  readonly ssh: { readonly host: string; readonly port: number; readonly user: string } | null;
}

/** The machines of one provider, or why nobody knows them. */
export interface ProviderMachines {
  readonly provider: Provider;
  readonly machines: readonly MachineRecord[];
  readonly error: string | null;
}

export interface SweepOptions {
  readonly dryRun: boolean;
  readonly onFinding: (finding: Finding) => void;
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
    this.providers = new Providers({
      sshHosts: this.sshHosts,
      settings: options.cloudSettings,
      logger: options.logger,
      timeScale: timeScaleOf(process.env),
    });
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
    return drive(await this.#journal(id), folder, await this.#runner(), signal);
  }

  /** Every job, newest first. */
  async jobs(): Promise<Listed[]> {
    const ids = await jobIds(this.home);
    const listed: (Listed | undefined)[] = [];
    for (let from = 0; from < ids.length; from += listedAtOnce) {
      const some = ids.slice(from, from + listedAtOnce);
      listed.push(...(await Promise.all(some.map((id) => this.#list(id)))));
    }
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
    return requestResume(await this.#journal(id), this.home.job(id));
  }

  /** See {@link requestExtension}. */
  async extend(id: string, hours: number): Promise<Job> {
    return requestExtension(await this.#journal(id), hours);
  }

  /** Tells the machine of a training that nobody drives how long it may go on now. */
  async passOnExtension(job: Job, signal: AbortSignal): Promise<void> {
    const { passOnExtension } = await import('./engineRoom.js');
    const machine = await this.machine(job);
    try {
      const { provider } = machine;
      const { runtime, logger } = this;
      const context = { job, provider, runtime, logger, renting: await this.#renting() };
      await passOnExtension(context, await machine.agent(signal), signal);
    } finally {
      machine.dispose();
    }
  }

  /** Brings what the job has saved so far into `to` (default: where its results go). */
  async collect(
    id: string,
    to: string | undefined,
    onProgress: (name: string, fraction: number) => void,
    signal: AbortSignal,
  ): Promise<readonly CollectedFile[]> {
    const { collectHere, collectNow } = await import('./engineRoom.js');
    const { runtime } = this.#options;
    const journal = await this.#journal(id);
    const folder = this.home.job(id);
    if (!instanceOf(journal.job)) return collectHere({ journal, folder, to }, signal);
    const machine = await this.machine(journal.job);
    try {
      return await collectNow({ journal, folder, machine, runtime, to, onProgress }, signal);
    } finally {
      machine.dispose();
    }
  }

  /** Takes an ended job off the list, see {@link removeJob}. @returns what could not be deleted on the machine */
  async remove(id: string, signal: AbortSignal): Promise<string | null> {
    const { removeJob } = await import('./engineRoom.js');
    const journal = await this.#journal(id);
    const machine = instanceOf(journal.job) ? await this.machine(journal.job) : null;
    try {
      return await removeJob({ journal, folder: this.home.job(id), machine, logger: this.logger }, signal);
    } finally {
      machine?.dispose();
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

  /** What the clouds rent now, see {@link listOffers}. */
  async offers(
    clouds: readonly CloudProvider[],
    need: OfferNeed,
    options: ListOffersOptions,
  ): Promise<readonly Offer[]> {
    const { listOffers } = await import('./engineRoom.js');
    return listOffers(clouds, need, options);
  }

  /**
   * The terms on which an offer would be rented.
   * @throws {NoCapacityError} the budget does not allow it
   */
  async terms(offer: Offer, limits: Pick<Limits, 'hours' | 'budgetUsd'>, load: Load): Promise<Terms> {
    const { findTerms } = await import('./engineRoom.js');
    const provider = this.providers.cloud(offer.provider);
    return findTerms(limits, { offer, provider }, load, this.#planning);
  }

  /** Why a machine of the user's own will not do for a draft, in a few words; `null` when it will. */
  async misfit(
    place: Place,
    { machineWish, dataset, estimate }: Draft,
    signal: AbortSignal,
  ): Promise<string | null> {
    const { lookAtOwn } = await import('./engineRoom.js');
    const load = { datasetBytes: dataset.bytes, estimate };
    const [look] = await lookAtOwn([place], machineWish.wish, load, this.#options, signal);
    return look?.misfit ?? null;
  }

  /** The machines of every provider with a key, with the job that uses each now. One that fails is an entry, too. */
  async machines(signal: AbortSignal): Promise<readonly ProviderMachines[]> {
    const [jobs, clouds] = await Promise.all([this.#allJobs(), this.providers.usableClouds()]);
    const all: readonly Provider[] = [...this.providers.own, ...clouds];
    return Promise.all(
      all.map(async (provider) => {
        try {
          const instances = await listOf(provider, signal);
          const machines = await Promise.all(
            instances.map((instance) => this.#machineRecord(provider, instance, jobs, signal)),
          );
          return { provider, machines, error: null };
        } catch (error) {
          signal.throwIfAborted();
          return { provider, machines: [], error: messageOf(error) };
        }
      }),
    );
  }

  async #machineRecord(
    provider: Provider,
    instance: Instance,
    jobs: readonly Job[],
    signal: AbortSignal,
  ): Promise<MachineRecord> {
    const job = jobs.find((candidate) => {
      const used = candidate.stage.state === 'ended' ? null : instanceOf(candidate);
      return used?.provider === provider.id && used.id === instance.id;
    });
    const isOurs = !provider.rents || instance.name.startsWith(labelPrefix);
    return {
      instance,
      job: job?.spec.id ?? null,
      isOurs,
      ssh: await this.#sshOf(provider, instance, isOurs, signal),
    };
  }

  async #sshOf(
    provider: Provider,
    { id, state }: Instance,
    isOurs: boolean,
    signal: AbortSignal,
  ): Promise<MachineRecord['ssh']> {
    if (provider.rents) {
      if (!isOurs || state !== 'running') return null;
      const [first] = await (await provider.open()).endpoints(id, signal);
      return first ? { host: first.host, port: first.port, user: first.user } : null;
    }
    const endpoint = await this.#options.hosts.resolve(await provider.address(id));
    return endpoint.kind === 'ssh' ? { host: endpoint.host, port: endpoint.port, user: endpoint.user } : null;
  }

  /** Ends a rented machine, see {@link terminateMachine}. */
  async terminate(id: string, signal: AbortSignal): Promise<TerminatedMachine> {
    const { terminateMachine } = await import('./engineRoom.js');
    return terminateMachine(id, await this.#sweeping(), signal);
  }

  /** Takes the user's word that a machine is gone, see {@link declareGone}. */
  async declareGone(id: string, signal: AbortSignal): Promise<Job> {
    const { declareGone } = await import('./engineRoom.js');
    const clouds = await this.providers.usableClouds();
    const jobs = await this.#allJobs();
    return declareGone(id, { jobs, clouds, journal: (job) => this.#journal(job) }, signal);
  }

  /** Ends what should not be there, see {@link sweep}. */
  async sweep(options: SweepOptions, signal: AbortSignal): Promise<readonly Finding[]> {
    const { sweepAll } = await import('./engineRoom.js');
    return sweepAll({ ...(await this.#sweeping()), ...options }, signal);
  }

  /** A host for an SSH destination that belongs to no job. The caller disposes it. */
  openSshHost(destination: string, identityFiles: readonly string[], signal: AbortSignal): Promise<Host> {
    return this.#options.hosts.open({ kind: 'ssh', destination, identityFiles }, signal);
  }

  /** Where a job's machine answers, as `ssh` would be told. @throws {NotFoundError} it is gone */
  async endpoint(job: Job, signal: AbortSignal): Promise<Endpoint> {
    const { provider, id } = this.#instanceOf(job);
    if (!provider.rents) return this.#options.hosts.resolve(await provider.address(id));
    const machine = await this.machine(job);
    try {
      return await machine.endpoint(provider, id, signal);
    } finally {
      machine.dispose();
    }
  }

  /**
   * The machine a job uses or used, for a terminal or a look at its files. The caller disposes it.
   * @throws {NotFoundError} it was rented and is gone
   */
  async machine(job: Job): Promise<Machine> {
    const { Machine } = await import('./engineRoom.js');
    const { hosts, runtime, logger } = this.#options;
    const { provider, id } = this.#instanceOf(job);
    return new Machine({
      provider,
      instanceId: id,
      folder: this.home.job(job.spec.id),
      hosts,
      runtime,
      logger,
    });
  }

  /** Leads a port of this computer to a job's machine, see {@link forwardPort}. The caller disposes it. */
  async forwardPort(job: Job, port: number, signal: AbortSignal): Promise<ForwardedPort> {
    const { forwardPort } = await import('./engineRoom.js');
    return forwardPort(await this.machine(job), port, this.logger, signal);
  }

  /** The files on a job's machine, to look at and to bring here. The caller disposes them. */
  async machineFiles(job: Job): Promise<MachineFiles> {
    const { MachineFiles } = await import('./engineRoom.js');
    return new MachineFiles(await this.machine(job), this.runtime, job.spec.id);
  }

  /** Names of jobs' machines in the user's ssh configuration. @param userConfig the user's own file */
  async sshInclude(userConfig: string): Promise<SshInclude> {
    const { SshInclude } = await import('./engineRoom.js');
    return new SshInclude({ file: this.home.sshConfig, userConfig });
  }

  #instanceOf(job: Job): { readonly provider: Provider; readonly id: string } {
    const instance = instanceOf(job);
    if (!instance)
      throw new NotFoundError(`The machine of ${job.spec.id} is gone; what it left was brought here.`);
    return { provider: this.providers.get(instance.provider), id: instance.id };
  }

  #journal(id: string): Promise<Journal> {
    return Journal.open(this.home.job(id).journal);
  }

  get #planning(): Planning {
    const { home, runtime, hosts, secrets, mayHoldKey, monthlyBudgetUsd } = this.#options;
    const { providers, sshHosts } = this;
    return {
      home,
      runtime,
      hosts,
      secrets,
      sshHosts,
      providers,
      mayHoldKey,
      monthlyBudgetUsd: monthlyBudgetUsd(),
      jobs: () => this.#allJobs(),
      timeScale: timeScaleOf(process.env),
    };
  }

  async #runner(): Promise<RunnerOptions> {
    return { ...this.#options, providers: this.providers, renting: await this.#renting() };
  }

  async #renting(): Promise<Renting> {
    const { BadHosts, markOf } = await import('./engineRoom.js');
    const { mayHoldKey, askDearer } = this.#options;
    return {
      mark: markOf(this.home),
      badHosts: new BadHosts(this.home.badHosts, this.logger),
      mayHoldKey,
      timeScale: timeScaleOf(process.env),
      ...(askDearer ? { askDearer } : {}),
    };
  }

  async #sweeping(): Promise<Sweeping> {
    const { mark, timeScale } = await this.#renting();
    return {
      journals: async () => {
        const listed = await this.jobs();
        return {
          jobs: listed.flatMap((entry) => ('job' in entry ? [entry.job] : [])),
          unreadable: listed.flatMap((entry) => ('job' in entry ? [] : [entry.id])),
        };
      },
      driver: (id) => this.driver(id),
      clouds: await this.providers.usableClouds(),
      mark,
      timeScale,
      folder: (id) => this.home.job(id),
      machine: (job) => this.machine(job),
      requestStop: (id) => this.requestStop(id),
      drive: (id, signal) => this.drive(id, signal),
    };
  }

  async #allJobs(): Promise<Job[]> {
    return (await this.jobs()).flatMap((listed) => ('job' in listed ? [listed.job] : []));
  }

  async #list(id: string): Promise<Listed | undefined> {
    const folder = this.home.job(id);
    try {
      const { job } = await this.#journal(id);
      const driver: Driver = job.stage.state === 'ended' ? { kind: 'none' } : await readDriver(folder.path);
      return { id, job, driver, remedy: await this.remedy(job) };
    } catch (error) {
      if (error instanceof NotFoundError) return undefined;
      return { id, error: messageOf(error) };
    }
  }
}

/** Thousands of files at once would keep everything else from being heard. */
const listedAtOnce = 50;

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

/** What a provider has there now. */
function listOf(provider: Provider, signal: AbortSignal): Promise<readonly Instance[]> {
  return provider.rents ? provider.machines(performance.now(), signal) : provider.list(signal);
}
