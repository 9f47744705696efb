import { randomUUID } from 'node:crypto';
import type { CleanUp } from '../../support/tempDir.js';
import {
  type Answer,
  type CloudRequest,
  type Method,
  bearerOf,
  json,
  retryAfter,
} from '../base/cloudServer.js';
import type { FaultPoint, MachineFault, TroubleFault } from '../base/faults.js';
import { History } from '../base/history.js';
import { type CloudOptions, type CloudResource, SimulatedCloud } from '../base/simulatedCloud.js';
import { type Flavor, flavors, regions } from './flavors.js';
import { KeyPairs } from './keyPairs.js';
import { type Place, isAt } from './place.js';
import { PublicIps } from './publicIps.js';
import { Refusal, errorAnswer, fieldsOf } from './refusal.js';
import { type Server, type ServerFace, ipRow, listRow, novaServer } from './servers.js';

/** Cloud seconds. */
const buildSeconds = 90;
const failSeconds = 20;
const deleteSeconds = 10;
const upFrontHours = 24;
const usdPerIpHour = 0.005;

/**
 * CanopyWave. One project, whose name is not found unless it is encoded in a URL; two regions; a public address that the
 * user keeps free. What its page leaves open can be switched.
 */
export class SimulatedCanopywave extends SimulatedCloud<Server> {
  readonly id = 'canopywave';
  readonly title = 'CanopyWave';
  /** What the key sees. */
  projects: readonly string[] = ['cynthia+gpu@example.com'];
  /** Calls that this account does not have: 404. */
  readonly missing = new Set<'/regions' | '/flavor-availability' | '/account/balance'>();
  /** What stands between the account and a launch: no card, or 24 hours to be paid first. */
  payment: 'good' | 'no-method' | 'up-front-asked' = 'good';
  /** Whether a second machine of the same name is refused. */
  uniqueNames = false;
  /** Where the public address of a machine can be seen, beside `/ips`. */
  addressShown: 'everywhere' | 'nova' | 'nowhere' = 'everywhere';
  /** How a machine is answered for that is not there. */
  unknownStatus: 400 | 404 | 500 = 404;
  /** Public addresses that a project may have in a region. */
  ipQuota = 5;
  readonly #keys = new KeyPairs();
  readonly #ips = new PublicIps();
  #terminations = 0;

  constructor(options: CloudOptions = {}) {
    super(options, { keyPrefix: 'cw_' });
    this.#on('GET', '/projects', 'account', () => data(this.projects));
    this.#on('GET', '/regions', 'account', (request) => this.#regions(request));
    this.#on('GET', '/account/balance', 'account', () => this.#balance());
    this.#on('GET', '/instance-types', 'offers', () => data(flavors.map(({ row }) => row)));
    this.#on('GET', '/flavor-availability', 'offers', (request) => this.#availability(request));
    this.#on('POST', '/instance-operations/launch', 'create', (request) => this.#launch(request));
    this.#on('POST', '/instance-operations/terminate', 'terminate', (request) => this.#terminate(request));
    this.#on('GET', '/instances', 'list', (request) => this.#list(request));
    this.#on('GET', '/instances/running', 'read', (request) => this.#running(request));
    this.#on('GET', '/instances/:id', 'read', (request) => this.#read(request));
    this.#on('GET', '/ips', 'address', (request) => this.#listIps(request));
    this.#on('POST', '/ips', 'address', (request) => this.#allocate(request));
    this.#on('POST', '/ips/:id/associate', 'address', (request) => this.#associate(request));
    this.#on('DELETE', '/ips/:id/disassociate', 'address', (request) => this.#disassociate(request));
    this.#on('DELETE', '/ips/:id', 'address', (request) => this.#releaseIp(request));
    this.#on('GET', '/ssh-keys', 'keys', (request) => this.#listKeys(request));
    this.#on('POST', '/ssh-keys', 'keys', (request) => this.#addKey(request));
    this.#on('DELETE', '/ssh-keys/:name', 'keys', (request) => this.#deleteKey(request));
  }

  override async start(test: CleanUp): Promise<this> {
    await super.start(test);
    await this.addIpByHand();
    return this;
  }

  override async stop(): Promise<void> {
    this.#ips.close();
    await super.stop();
  }

  get environment(): Readonly<Record<string, string>> {
    return {
      TRAINYARD_ENDPOINT_CANOPYWAVE: this.endpoint,
      CANOPYWAVE_API_KEY: this.accountKey,
      CANOPYWAVE_PROJECT: this.projects[0] ?? '',
      CANOPYWAVE_REGION: 'KEF-2',
    };
  }

  /** Addresses made by request have no name of their own: they count as what they led to last, else as ours. */
  override get resources(): readonly CloudResource[] {
    const ips = this.#ips.all.map(({ id, madeBy, lastLabel }) => {
      const label = madeBy === 'hand' ? 'kept-free' : (lastLabel ?? 'trainyard-address');
      return { kind: 'ip', id, label } as const;
    });
    const keys = this.#keys.names.map((name) => ({ kind: 'ssh-key', id: name, label: name }) as const);
    return [...ips, ...keys];
  }

  /** A machine that runs, behind which there is no computer. */
  addByHand(label: string, region = 'KEF-2'): string {
    const project = this.projects[0] ?? '';
    const server = this.#newServer(
      { project, region, label, madeBy: 'hand', keypair: null },
      flavorOf('L40S-1'),
    );
    this.#show(server, { state: 'ACTIVE', launchedAt: timestamp() });
    return server.id;
  }

  /** An address that the user keeps; it leads nowhere. @returns its id */
  async addIpByHand(region = 'KEF-2'): Promise<string> {
    return (await this.#ips.make({ project: this.projects[0] ?? '', region }, 'hand')).id;
  }

  /** Shows a machine in a state that it does not have, or the true one again. */
  showState(id: string, word: string | undefined): void {
    const server = this.instances.get(id);
    if (server !== undefined) server.shownState = word;
  }

  /** The operating system of a machine was shut down: everything ends, and it costs what it did. */
  async shutOff(id: string): Promise<void> {
    const server = this.instances.get(id);
    await server?.machine?.powerOff();
    if (server !== undefined) this.#show(server, { state: 'SHUTOFF' });
  }

  lose(id: string): void {
    const server = this.instances.get(id);
    if (server) this.#fail(server);
  }

  /** Where a machine can be reached from outside. */
  publicIpOf(id: string): string | null {
    return this.#ips.all.find(({ server }) => server?.id === id)?.address.ip ?? null;
  }

  protected admit(request: CloudRequest): Answer | undefined {
    return bearerOf(request) === this.accountKey ? undefined : errorAnswer(401, 'Unauthorized');
  }

  protected unknownRoute(): Answer {
    return errorAnswer(404, 'Not Found');
  }

  protected badJson(): Answer {
    return errorAnswer(400, 'Invalid JSON');
  }

  protected trouble(fault: TroubleFault): Answer {
    const status = Number(fault.kind);
    const message = fault.kind === '429' ? 'Too many requests' : 'Internal Server Error';
    const headers = retryAfter(fault);
    if (fault.kind === '429' && fault.body === 'empty') return { status, headers };
    if (fault.kind === '429' && fault.body === 'plain') return { status, text: message, headers };
    return json(status, { error: message }, headers);
  }

  #on(
    method: Method,
    pattern: string,
    point: FaultPoint,
    handler: (request: CloudRequest) => Answer | Promise<Answer>,
  ): void {
    const careful = async (request: CloudRequest): Promise<Answer> => {
      try {
        if ([...this.missing].some((path) => path === pattern)) throw new Refusal(404, 'Not Found');
        return await handler(request);
      } catch (error) {
        if (error instanceof Refusal) return errorAnswer(error.status, error.message);
        throw error;
      }
    };
    this.server.route(method, `/api/v1${pattern}`, careful, { point });
  }

  /** @throws {Refusal} the key does not see the project, or there is no such region */
  #checkPlace({ project, region }: { project: string; region?: string }): void {
    if (!this.projects.includes(project)) throw new Refusal(404, 'Project not found');
    if (region !== undefined && !regions.includes(region)) throw new Refusal(400, 'Region not found');
  }

  #regions(request: CloudRequest): Answer {
    this.#checkPlace(fieldsOf(request, ['project']));
    return data(regions);
  }

  #balance(): Answer {
    return data({ balance: Number((100 - this.billedUsd).toFixed(2)) });
  }

  #availability(request: CloudRequest): Answer {
    const { flavor, ...place } = fieldsOf(request, ['project', 'region', 'flavor']);
    this.#checkPlace(place);
    const left = this.#left(flavorOf(flavor), place.region);
    return data({ [`${place.region}_${flavor}_available_vms`]: left });
  }

  #left(flavor: Flavor, region: string): number {
    const taken = this.liveMachines.filter((server) => server.flavor === flavor && server.region === region);
    return Math.max(0, (flavor.stock[region] ?? 0) - taken.length);
  }

  #launch(request: CloudRequest): Answer {
    const { fault } = request;
    const fields = ['region', 'project', 'name', 'flavor', 'image', 'password'] as const;
    const order = fieldsOf(request, fields, ['keypair'], ['is_monitoring']);
    this.#checkPlace(order);
    const flavor = flavorOf(order.flavor);
    if (!flavor.row.images.includes(order.image)) throw new Refusal(400, 'Image not found');
    if (!isStrong(order.password)) throw new Refusal(400, 'Password is too weak');
    const key = order.keypair === undefined ? undefined : this.#keys.find(order, order.keypair);
    if (order.keypair !== undefined && key === undefined)
      throw new Refusal(400, 'Invalid key_name provided.');
    if (this.uniqueNames && this.liveMachines.some(({ label }) => label === order.name))
      throw new Refusal(409, `Instance name ${order.name} already exists`);
    this.#checkPayment(flavor);
    if (fault?.kind === 'no-capacity') throw new Refusal(400, 'No valid host was found.');
    if (fault?.kind === 'ghost') return data({ id: randomUUID() });

    const hasHost = this.#left(flavor, order.region) > 0;
    const { project, region, name: label, keypair = null } = order;
    const server = this.#newServer({ project, region, label, madeBy: 'api', keypair }, flavor);
    if (hasHost) void this.#build(server, key?.publicKey, order.password);
    else this.clock.after(failSeconds, () => this.#fail(server));
    return data({ id: server.uuid });
  }

  #checkPayment({ gpu, usdPerHour }: Flavor): void {
    if (this.payment === 'no-method')
      throw new Refusal(400, 'There is no default payment method for this account');
    if (this.payment === 'up-front-asked' && gpu !== undefined) {
      const usd = (upFrontHours * usdPerHour).toFixed(2);
      throw new Refusal(402, `A 24-hour up-front charge of $${usd} is required for GPU instances`);
    }
  }

  #newServer(
    order: Pick<Server, 'project' | 'region' | 'label' | 'madeBy' | 'keypair'>,
    flavor: Flavor,
  ): Server {
    const face: ServerFace = { state: 'BUILD', isDeleting: false, launchedAt: null, isGone: false };
    const uuid = randomUUID();
    const server: Server = {
      ...order,
      uuid,
      id: `${uuid}/${order.region}/${order.project}`,
      flavor,
      usdPerHour: flavor.usdPerHour,
      fixedIp: `172.16.0.${2 + (this.instances.size % 250)}`,
      createdSeconds: this.clock.seconds,
      createdAt: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
      faces: new History(this.clock, face),
      shownState: undefined,
      isGone: false,
      machine: undefined,
    };
    this.instances.set(server.id, server);
    this.billing.start(server.id, 'gpu', flavor.usdPerHour);
    return server;
  }

  async #build(server: Server, publicKey: string | undefined, password: string): Promise<void> {
    const flaw = this.faults.at('machine') as MachineFault | undefined;
    if (flaw?.kind === 'stuck-booting') return;
    const built = new Promise<void>((resolve) => void this.clock.after(buildSeconds, resolve));
    const machine = await this.boot(server, {
      user: 'ubuntu',
      authorizedKeys: publicKey === undefined ? [] : [publicKey],
      password,
      environment: {},
      gpus: flaw?.kind === 'no-gpu' ? 'none' : (server.flavor.gpu ?? 'none'),
      ssh: flaw?.kind === 'no-sshd' ? 'shut' : 'open',
      onEnd: (end) => void (end === 'reboot' ? server.machine?.reboot() : this.shutOff(server.id)),
    });
    if (machine === undefined) return;
    await built;
    this.#show(server, { state: 'ACTIVE', launchedAt: timestamp() });
    if (flaw?.kind === 'dies') this.clock.after(flaw.afterSeconds, () => void this.shutOff(server.id));
    if (flaw?.kind === 'interrupted') this.clock.after(flaw.afterSeconds, () => this.#fail(server));
  }

  /** No host, or its host has died: it is there, runs nothing, and must be ended. */
  #fail(server: Server): void {
    void server.machine?.powerOff();
    this.billing.stop(server.id, 'gpu');
    this.#show(server, { state: 'ERROR' });
  }

  #show(server: Server, changes: Partial<ServerFace>): void {
    if (server.isGone) return;
    server.faces.keep({ ...server.faces.ago(0), ...changes });
  }

  #terminate(request: CloudRequest): Answer {
    const { fault } = request;
    const order = fieldsOf(request, ['region', 'project', 'id']);
    this.#checkPlace(order);
    const server = this.#find(order);
    this.noteChange(server, 'terminate');
    const seconds = fault?.kind === 'ignored' ? fault.seconds : 0;
    if (Number.isFinite(seconds)) {
      if (seconds === 0) this.#show(server, { isDeleting: true });
      this.clock.after(seconds + deleteSeconds, () => this.#delete(server));
    }
    this.#terminations += 1;
    // The page says that the id is answered, and shows an answer without an envelope.
    return this.#terminations % 2 === 0 ? data({ id: server.uuid }) : json(200, order);
  }

  #delete(server: Server): void {
    if (server.isGone) return;
    this.#show(server, { isGone: true });
    const ip = this.#ips.of(server);
    if (ip !== undefined) this.#ips.disassociate(ip);
    void this.end(server);
  }

  #find({ project, region, id }: Place & { readonly id: string }): Server {
    const server = [...this.instances.values()].find(({ uuid }) => uuid === id);
    if (server === undefined || server.isGone || !isAt(server, { project, region }))
      throw new Refusal(this.unknownStatus, `Instance ${id} could not be found.`);
    return server;
  }

  #list(request: CloudRequest): Answer {
    const { fault } = request;
    const place = fieldsOf(request, ['project'], ['region']);
    this.#checkPlace(place);
    const ago = fault?.kind === 'stale' ? fault.seconds : 0;
    const rows = this.#seen(ago)
      .filter(({ server }) => server.project === place.project)
      .filter(({ server }) => place.region === undefined || server.region === place.region)
      .map(({ server, face }) => listRow(server, face, null));
    if (fault?.kind !== 'partial') return data(rows);
    const half = rows.slice(0, Math.floor(rows.length / 2));
    return json(200, { data: half, error: 'KEF-3: upstream timed out' });
  }

  #seen(secondsAgo: number): { readonly server: Server; readonly face: ServerFace }[] {
    return [...this.instances.values()]
      .filter(({ createdSeconds }) => createdSeconds <= this.clock.seconds - secondsAgo)
      .map((server) => ({ server, face: server.faces.ago(secondsAgo) }))
      .filter(({ face }) => !face.isGone);
  }

  #running(request: CloudRequest): Answer {
    const { fault } = request;
    const place = fieldsOf(request, ['project', 'region']);
    this.#checkPlace(place);
    const rows = this.#seen(fault?.kind === 'stale' ? fault.seconds : 0)
      .filter(({ server, face }) => isAt(server, place) && face.state === 'ACTIVE')
      .map(({ server, face }) =>
        listRow(server, face, this.addressShown === 'everywhere' ? this.publicIpOf(server.id) : null),
      );
    return data(rows);
  }

  #read(request: CloudRequest): Answer {
    const { fault } = request;
    const place = fieldsOf(request, ['project', 'region']);
    this.#checkPlace(place);
    const server = this.#find({ ...place, id: request.params.id ?? '' });
    const face = server.faces.ago(fault?.kind === 'stale' ? fault.seconds : 0);
    return data(
      novaServer(server, face, this.addressShown === 'nowhere' ? null : this.publicIpOf(server.id)),
    );
  }

  #listIps(request: CloudRequest): Answer {
    const place = fieldsOf(request, ['project', 'region']);
    this.#checkPlace(place);
    return data(this.#ips.at(place).map(ipRow));
  }

  async #allocate(request: CloudRequest): Promise<Answer> {
    const place = fieldsOf(request, ['region', 'project']);
    this.#checkPlace(place);
    if (request.fault?.kind === 'no-capacity' || this.#ips.at(place).length >= this.ipQuota)
      throw new Refusal(409, "Quota exceeded for resources: ['floatingip'].");
    const { id, address } = await this.#ips.make(place, 'api');
    this.billing.start(id, 'ip', usdPerIpHour);
    return data({ id, ip: address.ip });
  }

  async #associate(request: CloudRequest): Promise<Answer> {
    const order = fieldsOf(request, ['region', 'project', 'instanceId']);
    this.#checkPlace(order);
    const ip = this.#ips.find(order, request.params.id ?? '');
    const server = this.#find({ ...order, id: order.instanceId });
    this.noteChange(server, 'associate');
    await this.#ips.associate(ip, server);
    return data({ instanceId: server.uuid, ipId: ip.id, portId: randomUUID() });
  }

  #disassociate(request: CloudRequest): Answer {
    const ip = this.#ips.find(fieldsOf(request, ['project', 'region']), request.params.id ?? '');
    if (ip.server !== undefined) this.noteChange(ip.server, 'disassociate');
    this.#ips.disassociate(ip);
    return data({ id: ip.id });
  }

  #releaseIp(request: CloudRequest): Answer {
    const ip = this.#ips.find(fieldsOf(request, ['project', 'region']), request.params.id ?? '');
    this.#ips.release(ip);
    if (ip.madeBy === 'hand') this.touches.push({ id: ip.id, what: 'release' });
    this.billing.stop(ip.id);
    return data({ id: ip.id });
  }

  #listKeys(request: CloudRequest): Answer {
    const place = fieldsOf(request, ['project', 'region']);
    this.#checkPlace(place);
    const rows = this.#keys
      .at(place)
      .map(({ name, publicKey }) => ({ keypair: { fingerprint: 'bd:37', name, public_key: publicKey } }));
    return data(rows);
  }

  #addKey(request: CloudRequest): Answer {
    // Without a public key CanopyWave makes a pair and answers its private half; nobody asks for that here.
    const key = fieldsOf(request, ['region', 'project', 'name', 'publicKey']);
    this.#checkPlace(key);
    this.#keys.add(key);
    return data({ publicKey: key.publicKey });
  }

  #deleteKey(request: CloudRequest): Answer {
    const name = request.params.name ?? '';
    this.#keys.delete(fieldsOf(request, ['project', 'region']), name);
    return data({ name });
  }
}

function data(payload: unknown): Answer {
  return json(200, { data: payload });
}

/** @throws {Refusal} there is none of that name */
function flavorOf(name: string): Flavor {
  const flavor = flavors.find(({ row }) => row.flavor === name);
  if (flavor === undefined) throw new Refusal(404, `Flavor ${name} not found`);
  return flavor;
}

function isStrong(password: string): boolean {
  return (
    password.length >= 12 && [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/].every((kind) => kind.test(password))
  );
}

/** As CanopyWave writes them: UTC, and nothing that says so. */
function timestamp(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, '.000000');
}
