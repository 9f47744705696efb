import { randomBytes } from 'node:crypto';
import { InputError } from '../../errors.js';
import type { Logger } from '../../logger.js';
import type {
  Account,
  Cloud,
  CloudOptions,
  ExposeRequest,
  Offer,
  OfferNeed,
  Rented,
  RentedInstance,
  RentRequest,
  Resource,
  ResourceLedger,
  SelfEnd,
  SshCandidate,
} from '../cloud.js';
import { publicAddresses } from './addresses.js';
import { CanopyWaveApi, type LaunchOrder } from './api.js';
import { Catalogue } from './catalogue.js';
import { isNotFound, toCloudError, toLaunchError } from './errors.js';
import { facts } from './facts.js';
import { toInstance } from './instances.js';
import { type Machine, type Place, formatMachineId, parseMachineId, placeOf } from './machineId.js';
import { parseOfferId } from './offers.js';
import { PublicIps } from './publicIps.js';
import { SshKeys } from './sshKeys.js';
import { stateOf } from './states.js';
import { Whereabouts } from './whereabouts.js';

/** Of the Ubuntu images. */
const user = 'ubuntu';

/** CanopyWave with a key: the machines of one project, in all its regions. */
export class CanopyWave implements Cloud {
  readonly id = 'canopywave';
  readonly facts = facts;
  readonly #key: string;
  readonly #endpoint: string;
  readonly #logger: Logger;
  readonly #api: CanopyWaveApi;
  readonly #whereabouts: Whereabouts;
  readonly #catalogue: Catalogue;
  readonly #keys: SshKeys;
  readonly #ips: PublicIps;

  constructor(options: CloudOptions) {
    const { key, endpoint, settings, logger, timeScale } = options;
    this.#key = key;
    this.#endpoint = endpoint;
    this.#logger = logger;
    this.#api = new CanopyWaveApi(options);
    this.#whereabouts = new Whereabouts(this.#api, settings);
    this.#catalogue = new Catalogue(this.#api, this.#whereabouts, logger);
    this.#keys = new SshKeys(this.#api);
    this.#ips = new PublicIps({ api: this.#api, logger, timeScale });
  }

  check(signal: AbortSignal): Promise<Account> {
    return typed(async () => {
      const projects = await this.#api.projects(signal);
      const name = projects.length === 0 ? null : projects.join(', ');
      const balanceUsd = await this.#balance(signal);
      return { name, balanceUsd, ...(projects.length > 1 ? { choices: { project: projects } } : {}) };
    });
  }

  /** The call is not documented and may not be there. */
  async #balance(signal: AbortSignal): Promise<number | null> {
    try {
      return (await this.#api.balance(signal)).balance;
    } catch (error) {
      signal.throwIfAborted();
      this.#logger.debug(`CanopyWave balance → unknown (${String(error)})`);
      return null;
    }
  }

  offers(need: OfferNeed, signal: AbortSignal): Promise<readonly Offer[]> {
    return typed(() => this.#catalogue.offers(need, signal));
  }

  list(signal: AbortSignal): Promise<readonly RentedInstance[]> {
    return typed(async () => {
      const project = await this.#whereabouts.project(signal);
      const rows = await this.#api.instances(project, signal);
      if (rows.length === 0) return [];
      const prices = await this.#catalogue.prices(signal);
      return rows.map((row) => toInstance(row, project, prices.get(row.flavor)));
    });
  }

  rent(request: RentRequest, ledger: ResourceLedger, signal: AbortSignal): Promise<Rented> {
    return typed(async () => {
      const { label, offer, keyName, publicKey } = request;
      const order = parseOfferId(offer.id);
      if (order === undefined) throw new InputError(`CanopyWave has no offer called ${offer.id}.`);
      const { region, flavor, image } = order;
      const place = { project: await this.#whereabouts.project(signal), region };
      const keypair = await this.#keys.register({ place, keyName, publicKey }, ledger, signal);
      const server = await this.#launch({ ...place, name: label, flavor, image, keypair }, signal);
      return { id: formatMachineId({ ...place, server }), usdPerHour: null };
    });
  }

  /** CanopyWave insists on a password, also where a key lets in; this one is sent and forgotten. */
  async #launch(order: Omit<LaunchOrder, 'password'>, signal: AbortSignal): Promise<string> {
    const password = `Aa1-${randomBytes(30).toString('base64url')}`;
    try {
      return await this.#api.launch({ ...order, password }, signal);
    } catch (error) {
      throw toLaunchError(error, order.name);
    }
  }

  expose(
    instance: RentedInstance,
    { label }: ExposeRequest,
    ledger: ResourceLedger,
    signal: AbortSignal,
  ): Promise<void> {
    return typed(async () => {
      const machine = parseMachineId(instance.id);
      if (machine === undefined) throw new InputError(`CanopyWave has no machine called ${instance.id}.`);
      await this.#ips.attach(machine, label, ledger, signal);
    });
  }

  endpoints(instanceId: string, signal: AbortSignal): Promise<readonly SshCandidate[]> {
    return typed(async () => {
      const machine = await this.#locate(instanceId, signal);
      const hosts = machine === undefined ? [] : await this.#addresses(machine, signal);
      return hosts.map((host) => ({ host, port: 22, user }));
    });
  }

  /** The list of running machines has addresses; where it leaves one out, Nova's description and `/ips` may have it. */
  async #addresses(machine: Machine, signal: AbortSignal): Promise<readonly string[]> {
    const running = (await this.#api.running(machine, signal)).find(({ id }) => id === machine.server);
    if (running === undefined) return [];
    const listed = publicAddresses(running);
    if (listed.length > 0) return listed;
    const server = await this.#server(machine, signal);
    if (server === undefined) return [];
    const described = publicAddresses(server);
    if (described.length > 0) return described;
    const ips = await this.#api.ips(machine, signal);
    return ips.filter((ip) => ip.server === server.name).flatMap(({ ip }) => publicAddresses({ ip }));
  }

  terminate(instanceId: string, signal: AbortSignal): Promise<void> {
    return typed(async () => {
      const machine = await this.#locate(instanceId, signal);
      if (machine === undefined) return;
      try {
        await this.#api.terminate(machine, signal);
      } catch (error) {
        signal.throwIfAborted();
        // What an unknown id is answered with is not documented: 404, 400 and 500 are thought of.
        if (!isNotFound(error) && !(await this.#isGone(machine, signal))) throw error;
      }
    });
  }

  /** Whether the complete list is without it, and nothing describes it. */
  async #isGone(machine: Machine, signal: AbortSignal): Promise<boolean> {
    const rows = await this.#api.instances(machine.project, signal);
    const row = rows.find(({ id }) => id === machine.server);
    if (row !== undefined) return stateOf(row.status) === 'gone';
    try {
      const server = await this.#server(machine, signal);
      return server === undefined || stateOf(server.status) === 'gone';
    } catch {
      signal.throwIfAborted();
      return true;
    }
  }

  /** Nova's description; `undefined` when there is no such machine. */
  async #server(machine: Machine, signal: AbortSignal) {
    try {
      return await this.#api.server(machine, signal);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  /** A person may name a machine by CanopyWave's own id alone; then it is looked for. `undefined`: it is not there. */
  async #locate(instanceId: string, signal: AbortSignal): Promise<Machine | undefined> {
    const machine = parseMachineId(instanceId);
    if (machine !== undefined) return machine;
    const project = await this.#whereabouts.project(signal);
    const row = (await this.#api.instances(project, signal)).find(({ id }) => id === instanceId);
    return row && { server: row.id, region: row.region, project };
  }

  resources(rows: readonly Resource[], signal: AbortSignal): Promise<readonly Resource[]> {
    return typed(async () => {
      const found: Resource[] = [];
      for (const place of await this.#places(rows, signal)) {
        found.push(...(await this.#ips.ours(place, rows, signal)));
        found.push(...(await this.#keys.ours(place, rows, signal)));
      }
      return found;
    });
  }

  /** Every region of our project, and wherever else the rows are. */
  async #places(rows: readonly Resource[], signal: AbortSignal): Promise<readonly Place[]> {
    const project = await this.#whereabouts.project(signal);
    const regions = await this.#whereabouts.regions(signal);
    const places = [...regions.map((region) => ({ project, region })), ...rows.map(placeOf)];
    return [...new Map(places.map((place) => [`${place.region}/${place.project}`, place])).values()];
  }

  release(resource: Resource, signal: AbortSignal): Promise<void> {
    return typed(async () => {
      switch (resource.kind) {
        case 'ip':
          return this.#ips.release(resource, signal);
        case 'ssh-key':
          return this.#keys.release(resource, signal);
        case 'volume':
          throw new InputError(
            `Trainyard makes no volumes at CanopyWave, so ${resource.name} is not its own.`,
          );
      }
    });
  }

  /** With the key of the account, which may end everything: CanopyWave has no narrower one. */
  selfEnd({ instanceId }: { readonly instanceId: string | null }): SelfEnd {
    const secrets = { [facts.keyName]: this.#key };
    const machine = instanceId === null ? undefined : parseMachineId(instanceId);
    // The call wants the id and the region, and a machine that is not rented yet has neither.
    if (machine === undefined) return { attempts: [], secrets };
    const { region, project, server } = machine;
    const attempt = {
      method: 'POST',
      url: `${this.#endpoint}/api/v1/instance-operations/terminate`,
      headers: { authorization: `Bearer \${${facts.keyName}}`, 'content-type': 'application/json' },
      body: JSON.stringify({ region, project, id: server }),
      find: null,
    } as const;
    return { attempts: [attempt], secrets };
  }

  /** No page of one machine is known. */
  consoleUrl(): string {
    return facts.consoleUrl;
  }
}

/** Gives errors of the interface the type by which a caller decides. */
async function typed<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toCloudError(error);
  }
}
