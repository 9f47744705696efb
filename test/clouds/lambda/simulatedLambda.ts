import { randomBytes } from 'node:crypto';
import { type Answer, bearerOf, type CloudRequest, json, retryAfter } from '../base/cloudServer.js';
import type { Fault, TroubleFault } from '../base/faults.js';
import { History } from '../base/history.js';
import { virtualMachineAddress } from '../base/machineAddress.js';
import { type CloudOptions, type CloudResource, SimulatedCloud } from '../base/simulatedCloud.js';
import { type CatalogueEntry, catalogue, filesystem, regions } from './catalogue.js';
import { cloudInitScript } from './cloudInitScript.js';
import { instanceView, type LambdaMachine } from './instanceView.js';
import * as errors from './lambdaErrors.js';
import { type LaunchBody, readInstanceIds, readLaunch, readNewKey } from './launchBody.js';
import { RateLimit } from './rateLimit.js';

/** Cloud seconds from a launch: to an address, to `active`; then to an SSH server; from a terminate to absence. */
const addressSeconds = 20;
const activeSeconds = { one: 240, eight: 720 } as const;
const sshSeconds = 15;
const vanishSeconds = 60;

interface RegisteredKey {
  readonly id: string;
  readonly name: string;
  readonly public_key: string;
}

/** Lambda Cloud, as its API 1.10.0 and reports from its users describe it. */
export class SimulatedLambda extends SimulatedCloud<LambdaMachine> {
  readonly id = 'lambda';
  readonly title = 'Lambda';
  /** How many machines the account may have. */
  quota = 20;
  /** Set, it wants the user to look after the account first. */
  isInactive = false;
  readonly #keys = new Map<string, RegisteredKey>();
  readonly #requests = new RateLimit(this.clock, 1);
  readonly #launches = new RateLimit(this.clock, 12);
  readonly #shown = new History<readonly object[]>(this.clock, []);

  constructor(options: CloudOptions = {}) {
    super(options, { keyPrefix: 'secret_lambda_', billing: { periodSeconds: 60 } });
    const { server } = this;
    server.route('GET', '/api/v1/regions', () => data(listOfRegions()), { point: 'account' });
    server.route('GET', '/api/v1/instance-types', () => data(mapOfTypes()), { point: 'offers' });
    server.route('GET', '/api/v1/images', () => data(images));
    server.route('GET', '/api/v1/file-systems', () => data([filesystem]));
    server.route('GET', '/api/v1/instances', (request) => this.#list(request), { point: 'list' });
    server.route('GET', '/api/v1/instances/:id', (request) => this.#read(request), { point: 'read' });
    server.route('POST', '/api/v1/instance-operations/launch', (request) => this.#launch(request), {
      point: 'create',
    });
    server.route('POST', '/api/v1/instance-operations/terminate', (request) => this.#terminate(request), {
      point: 'terminate',
    });
    server.route('POST', '/api/v1/instance-operations/restart', (request) => this.#restart(request), {
      point: 'start',
    });
    server.route('GET', '/api/v1/ssh-keys', () => data([...this.#keys.values()]), { point: 'keys' });
    server.route('POST', '/api/v1/ssh-keys', (request) => this.#addKey(request), { point: 'keys' });
    server.route('DELETE', '/api/v1/ssh-keys/:id', (request) => this.#deleteKey(request), { point: 'keys' });
  }

  get environment(): Readonly<Record<string, string>> {
    return { TRAINYARD_ENDPOINT_LAMBDA: this.endpoint, LAMBDA_API_KEY: this.accountKey };
  }

  override get resources(): readonly CloudResource[] {
    const keys = [...this.#keys.values()].map(
      ({ id, name }) => ({ kind: 'ssh-key', id, label: name }) as const,
    );
    return [...keys, { kind: 'volume', id: filesystem.id, label: filesystem.name }];
  }

  lose(id: string): void {
    const instance = this.instances.get(id);
    if (instance) this.#fail(instance, 'unhealthy');
  }

  addByHand(label: string): string {
    const order = {
      region_name: 'us-east-1',
      instance_type_name: 'gpu_1x_a10',
      ssh_key_names: ['my laptop'],
    };
    const instance = this.#add({ ...order, name: label, tags: [], file_system_names: [] }, 'hand');
    instance.ip = '203.0.113.7';
    this.#setState(instance, 'active');
    return instance.id;
  }

  /** Registers a key as the user would. @returns its id */
  addKeyByHand(name: string, publicKey: string): string {
    return this.#register(name, publicKey).id;
  }

  showState(id: string, word: string | undefined): void {
    const instance = this.instances.get(id);
    if (instance === undefined) throw new Error(`There is no machine ${id}.`);
    instance.shownState = word;
    this.#keep();
  }

  protected admit(request: CloudRequest): Answer | undefined {
    const given = bearerOf(request) ?? basicUserOf(request);
    if (given !== this.accountKey) return errors.wrongKey(given !== undefined);
    if (this.isInactive) return errors.inactive();
    const isLaunch = request.path.endsWith('/instance-operations/launch');
    if (!this.#requests.admits() || (isLaunch && !this.#launches.admits()))
      return this.trouble({ kind: '429' }, request);
    return undefined;
  }

  protected unknownRoute(): Answer {
    return errors.notFound();
  }

  protected badJson(): Answer {
    return errors.invalid('Invalid request data.');
  }

  /** How a 429 looks is not described; all three were seen elsewhere. */
  protected trouble(fault: TroubleFault, request: CloudRequest): Answer {
    const { status, code, message } = troubles[fault.kind];
    const headers = retryAfter(fault);
    const body = fault.kind === '429' ? (fault.body ?? 'json') : 'json';
    if (body === 'empty') return { status, headers };
    if (body === 'plain') return { status, headers, text: 'Too Many Requests' };
    return { ...errors.refusal(status, code, `${message} (${request.path})`), headers };
  }

  #list({ query, fault }: CloudRequest): Answer {
    const [unknown] = [...query.keys()].filter((name) => name !== 'cluster_id');
    if (unknown !== undefined) return errors.invalid(`Invalid request data. Unknown parameter ${unknown}.`);
    const ago = fault?.kind === 'stale' ? fault.seconds : 0;
    const answer = data(this.#shown.ago(ago));
    return fault?.kind === 'partial' ? cutShort(answer) : answer;
  }

  #read({ params, fault }: CloudRequest): Answer {
    const instances = this.#shown.ago(fault?.kind === 'stale' ? fault.seconds : 0);
    const found = instances.find((instance) => 'id' in instance && instance.id === params.id);
    return found === undefined ? errors.noInstance() : data(found);
  }

  #launch({ body, fault }: CloudRequest): Answer {
    const order = readLaunch(body);
    if (typeof order === 'string') return errors.invalid(order);
    const entry = catalogue.find(({ type }) => type.name === order.instance_type_name);
    if (entry === undefined)
      return errors.missing('Instance type does not exist.', 'List the instance types.');
    if (!Object.hasOwn(regions, order.region_name))
      return errors.missing('Region does not exist.', 'List the regions.');
    const keys = order.ssh_key_names.map((name) => this.#keyNamed(name));
    if (keys.includes(undefined)) return errors.missing('SSH key does not exist.', 'Add the SSH key first.');
    const wrong = filesystemTrouble(order);
    if (wrong !== undefined) return wrong;
    if (this.liveMachines.length >= this.quota) return errors.overQuota();
    if (fault?.kind === 'no-capacity' || !entry.regions.includes(order.region_name))
      return errors.noCapacity();
    if (fault?.kind === 'ghost') return data({ instance_ids: [newId()] });
    const instance = this.#add(order, 'api');
    this.#boot(instance, entry, order);
    return data({ instance_ids: [instance.id] });
  }

  #terminate({ body, fault }: CloudRequest): Answer {
    return this.#forAll(body, 'terminated_instances', (instance) => {
      this.noteChange(instance, 'terminate');
      if (fault?.kind === 'ignored') {
        if (Number.isFinite(fault.seconds)) this.clock.after(fault.seconds, () => this.#takeAway(instance));
        return { ...instanceView(instance), status: 'terminating' };
      }
      this.#takeAway(instance);
      return instanceView(instance);
    });
  }

  #restart({ body }: CloudRequest): Answer {
    const ids = readInstanceIds(body);
    const isAnyBusy = typeof ids !== 'string' && ids.some((id) => this.#present(id)?.state !== 'active');
    if (isAnyBusy) return errors.refusal(409, 'global/conflict', 'The instance cannot be restarted now.');
    return this.#forAll(body, 'restarted_instances', (instance) => {
      this.noteChange(instance, 'restart');
      void instance.machine?.reboot();
      return instanceView(instance);
    });
  }

  /** One unknown machine has the whole request refused. */
  #forAll(body: unknown, name: string, act: (instance: LambdaMachine) => object): Answer {
    const ids = readInstanceIds(body);
    if (typeof ids === 'string') return errors.invalid(ids);
    const found = ids.map((id) => this.#present(id));
    if (found.includes(undefined)) return errors.noInstance();
    return data({ [name]: found.flatMap((instance) => (instance ? [act(instance)] : [])) });
  }

  #addKey({ body }: CloudRequest): Answer {
    const order = readNewKey(body);
    if (typeof order === 'string') return errors.invalid(order);
    if (this.#keyNamed(order.name) !== undefined)
      return errors.refusal(400, 'global/duplicate', 'An SSH key with this name already exists.');
    return data(this.#register(order.name, order.public_key));
  }

  #deleteKey({ params }: CloudRequest): Answer {
    return this.#keys.delete(params.id ?? '') ? data({}) : errors.notFound();
  }

  #register(name: string, publicKey: string): RegisteredKey {
    const key = { id: newId(), name, public_key: publicKey };
    this.#keys.set(key.id, key);
    return key;
  }

  #keyNamed(name: string): RegisteredKey | undefined {
    return [...this.#keys.values()].find((key) => key.name === name);
  }

  #add(order: LaunchBody, madeBy: LambdaMachine['madeBy']): LambdaMachine {
    const entry = catalogue.find(({ type }) => type.name === order.instance_type_name);
    if (entry === undefined) throw new Error(`There is no ${order.instance_type_name}.`);
    const instance: LambdaMachine = {
      id: newId(),
      label: order.name ?? '',
      madeBy,
      usdPerHour: entry.type.price_cents_per_hour / 100,
      isGone: false,
      machine: undefined,
      type: entry.type,
      order,
      state: 'booting',
      shownState: undefined,
      ip: undefined,
      jupyterToken: randomBytes(16).toString('hex'),
    };
    this.instances.set(instance.id, instance);
    this.#keep();
    return instance;
  }

  /** From the yes to a machine that answers. */
  #boot(instance: LambdaMachine, entry: CatalogueEntry, order: LaunchBody): void {
    const fault = this.faults.at('machine');
    const hasBooted = this.#switchOn(instance, fault?.kind === 'no-gpu' ? 'none' : entry.gpu, order);
    if (fault?.kind === 'stuck-booting') return;
    const seconds = entry.type.specs.gpus >= 8 ? activeSeconds.eight : activeSeconds.one;
    this.clock.after(seconds, () => void hasBooted.then(() => this.#beActive(instance, fault)));
  }

  async #switchOn(instance: LambdaMachine, gpus: CatalogueEntry['gpu'], order: LaunchBody): Promise<void> {
    await new Promise<void>((resolve) => this.clock.after(addressSeconds, resolve));
    const address = await virtualMachineAddress();
    const machine = await this.boot(instance, {
      address,
      user: 'ubuntu',
      authorizedKeys: order.ssh_key_names.flatMap((name) => this.#keyNamed(name)?.public_key ?? []),
      // Lambda injects nothing.
      environment: {},
      gpus,
      ssh: 'shut',
      onEnd: (end) => this.#endedFromInside(instance, end),
      ...(order.user_data === undefined ? {} : { startScript: cloudInitScript(order.user_data) }),
    });
    if (instance.state !== 'booting') return machine?.kill();
    instance.ip = address.host;
    this.#keep();
  }

  #beActive(instance: LambdaMachine, fault: Fault | undefined): void {
    if (instance.state !== 'booting') return;
    this.#setState(instance, 'active');
    if (fault?.kind !== 'no-sshd') this.clock.after(sshSeconds, () => void instance.machine?.setSsh('open'));
    if (fault?.kind === 'dies') this.clock.after(fault.afterSeconds, () => this.#fail(instance, 'unhealthy'));
    if (fault?.kind === 'interrupted')
      this.clock.after(fault.afterSeconds, () => this.#fail(instance, 'preempted'));
  }

  /** `shutdown` puts it into what the dashboard calls Alert; it is billed until somebody terminates it. */
  #endedFromInside(instance: LambdaMachine, end: 'off' | 'reboot'): void {
    if (instance.state !== 'active') return;
    if (end === 'off') this.#setState(instance, 'unhealthy');
    else void instance.machine?.reboot();
  }

  #fail(instance: LambdaMachine, state: 'unhealthy' | 'preempted'): void {
    if (instance.state !== 'active') return;
    this.#setState(instance, state);
    void instance.machine?.powerOff();
  }

  #takeAway(instance: LambdaMachine): void {
    if (instance.isGone || instance.state === 'terminating') return;
    this.#setState(instance, 'terminating');
    void instance.machine?.kill();
    this.clock.after(vanishSeconds, () => {
      void this.end(instance);
      this.#keep();
    });
  }

  /** Billed from when it passes its health checks to when its end is asked for, whatever becomes of it in between. */
  #setState(instance: LambdaMachine, state: LambdaMachine['state']): void {
    instance.state = state;
    if (state === 'active') this.billing.start(instance.id, 'instance', instance.usdPerHour);
    if (state === 'terminating' || state === 'preempted') this.billing.stop(instance.id);
    this.#keep();
  }

  #present(id: string): LambdaMachine | undefined {
    const instance = this.instances.get(id);
    return instance === undefined || instance.isGone ? undefined : instance;
  }

  #keep(): void {
    this.#shown.keep(this.liveMachines.map(instanceView));
  }
}

const troubles = {
  '429': { status: 429, code: 'global/too-many-requests', message: 'Too many requests.' },
  '500': { status: 500, code: 'global/internal-error', message: 'An internal error occurred.' },
  '503': { status: 503, code: 'provider/internal-unavailable', message: 'The provider is not available.' },
} as const;

const images = [
  {
    id: '5b0f4f6b5b0f4a8e9c1c6e4a2f5d3c11',
    name: 'Lambda Stack 24.04',
    description: 'Ubuntu 24.04 with drivers and frameworks',
    family: 'lambda-stack-24-04',
    version: '24.4.1',
    architecture: 'x86_64',
    region: regionView('us-west-1'),
    created_time: '2026-08-01T00:00:00Z',
    updated_time: '2026-08-01T00:00:00Z',
  },
];

function data(value: unknown): Answer {
  return json(200, { data: value });
}

/** The connection was good, the body is not whole. */
function cutShort({ status, json: value }: Answer): Answer {
  const text = JSON.stringify(value);
  return {
    status,
    text: text.slice(0, Math.ceil(text.length / 2)),
    headers: { 'content-type': 'application/json' },
  };
}

function regionView(name: string): { name: string; description: string } {
  return { name, description: regions[name] ?? '' };
}

function listOfRegions(): object {
  return Object.keys(regions).map(regionView);
}

function mapOfTypes(): object {
  const entries = catalogue.map(({ type, regions: having }) => ({
    instance_type: type,
    regions_with_capacity_available: having.map(regionView),
  }));
  return Object.fromEntries(entries.map((entry) => [entry.instance_type.name, entry]));
}

function filesystemTrouble({ file_system_names, region_name }: LaunchBody): Answer | undefined {
  if (file_system_names.some((name) => name !== filesystem.name))
    return errors.missing('Filesystem does not exist.', 'Create the filesystem first.');
  if (file_system_names.length > 0 && region_name !== filesystem.region)
    return errors.refusal(
      400,
      'instance-operations/launch/file-system-in-wrong-region',
      'The filesystem is in another region.',
    );
  return undefined;
}

/** The user of `Authorization: Basic`, which Lambda takes for the key too; its password is empty. */
function basicUserOf({ headers }: CloudRequest): string | undefined {
  const encoded = /^Basic (\S+)$/.exec(headers.authorization ?? '')?.[1];
  return encoded === undefined
    ? undefined
    : Buffer.from(encoded, 'base64').toString('utf8').replace(/:$/, '');
}

function newId(): string {
  return randomBytes(16).toString('hex');
}
