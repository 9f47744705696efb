import { randomBytes } from 'node:crypto';
import { type Answer, bearerOf, type CloudRequest, json, type RouteHandler } from '../base/cloudServer.js';
import { retryAfter } from '../base/cloudServer.js';
import type { FaultPoint, MachineFault, TroubleFault } from '../base/faults.js';
import { History } from '../base/history.js';
import { type CloudOptions, SimulatedCloud } from '../base/simulatedCloud.js';
import {
  bestLevel,
  catalog,
  type CatalogGpu,
  dataCenterNames,
  type StockQuestion,
  stockOf,
} from './catalog.js';
import { brokenRule, type CreateBody, readCreateBody } from './createBody.js';
import { type GraphQlAccount, GraphQlApi, GraphQlError } from './graphQlApi.js';
import { Pod, type PodAction, type PodOrder, type PodWorld } from './pod.js';
import { noCapacityWords, problem } from './problems.js';
import { RateLimit } from './rateLimit.js';

/** For so many seconds a pod that is gone is still shown by its id. */
const shownAfterEndSeconds = 3;
const firstBalanceUsd = 500;

/** RunPod: REST v2 and what is left of GraphQL, with containers that are machines. */
export class SimulatedRunpod extends SimulatedCloud<Pod> {
  readonly id = 'runpod';
  readonly title = 'RunPod';
  /** A key of the account that may only look. */
  readonly readOnlyKey = `rpa_${randomBytes(20).toString('hex')}`;
  /** Money that was paid in. */
  paidUsd = firstBalanceUsd;
  /** `false`: the older interface has been switched off. */
  hasGraphQl = true;
  /** How many pods are in one page of a list. */
  pageSize = Infinity;
  /** How many GPUs the next pod gets, whatever is ordered. */
  nextGpuCount: number | undefined;
  readonly #rateLimit: RateLimit;
  readonly #graphQl: GraphQlApi;
  readonly #lists: History<readonly object[]>;

  constructor(options: CloudOptions = {}) {
    super(options, { keyPrefix: 'rpa_' });
    this.#rateLimit = new RateLimit(this.clock);
    this.#lists = new History<readonly object[]>(this.clock, []);
    this.#graphQl = new GraphQlApi(this.#graphQlAccount());
    this.#route('GET', '/v2/catalog/gpus', (request) => this.#gpus(request), 'offers');
    this.#route('GET', '/v2/pods', (request) => this.#list(request), 'list');
    this.#route('POST', '/v2/pods', (request) => this.#create(request), 'create');
    this.#route('GET', '/v2/pods/:id', (request) => this.#read(request), 'read');
    this.#route('DELETE', '/v2/pods/:id', (request) => this.#delete(request), 'terminate');
    this.#route('POST', '/v2/pods/:id/action', (request) => this.#act(request), 'stop');
    this.#route('POST', '/graphql', (request) => this.#askGraphQl(request), 'account');
  }

  get environment(): Readonly<Record<string, string>> {
    return { TRAINYARD_ENDPOINT_RUNPOD: this.endpoint, RUNPOD_API_KEY: this.accountKey };
  }

  get balanceUsd(): number {
    return this.paidUsd - this.billing.totalUsd;
  }

  lose(id: string): void {
    this.instances.get(id)?.dieWithHost();
  }

  addByHand(label: string): string {
    const [gpu] = catalog;
    if (gpu === undefined) throw new Error('The catalogue is empty.');
    const pod = new Pod(
      this.#world(),
      { ...emptyOrder, name: label, gpu, usdPerHour: gpu.price.SECURE },
      'hand',
    );
    this.instances.set(pod.id, pod);
    pod.beginRunning();
    return pod.id;
  }

  override async stop(): Promise<void> {
    this.clock.stop();
    await Promise.all([...this.instances.values()].map((pod) => pod.settle()));
    await super.stop();
  }

  /** Shows a pod in another state than it is in; `undefined` shows the true one again. */
  showState(id: string, word: string | undefined): void {
    const pod = this.instances.get(id);
    if (pod !== undefined) pod.shownStatus = word;
  }

  protected override admit(request: CloudRequest): Answer | undefined {
    this.#endWhenBroke();
    const key = bearerOf(request);
    if (key === undefined) return problem(401, 'missing bearer token');
    const pod = this.#podOfKey(key);
    const isOwn = key === this.accountKey || key === this.readOnlyKey;
    if (!isOwn && pod === undefined) return problem(401, 'invalid bearer token');
    if (pod !== undefined && !mayAsk(pod, request)) return problem(403, 'access denied');
    if (key === this.readOnlyKey && request.method !== 'GET') return problem(403, 'access denied');
    const seconds = this.#rateLimit.take();
    if (seconds === undefined) return undefined;
    const headers = { ...this.#rateLimit.headers, 'retry-after': String(seconds) };
    return problem(429, 'rate limit exceeded', { headers });
  }

  protected override unknownRoute(): Answer {
    return problem(404, 'resource not found');
  }

  protected override badJson(): Answer {
    return problem(400, 'request could not be processed');
  }

  protected override trouble(fault: TroubleFault): Answer {
    const status = Number(fault.kind);
    const headers = { ...this.#rateLimit.headers, ...retryAfter(fault) };
    if (fault.kind !== '429' || fault.body === 'json' || fault.body === undefined)
      return problem(status, status === 429 ? 'rate limit exceeded' : 'upstream failure', { headers });
    return { status, headers, ...(fault.body === 'plain' ? { text: 'Too Many Requests' } : {}) };
  }

  /** Every answer says how much may still be asked. */
  #route(method: 'GET' | 'POST' | 'DELETE', path: string, handler: RouteHandler, point: FaultPoint): void {
    const withLimits: RouteHandler = async (request) => {
      const answer = await handler(request);
      return { ...answer, headers: { ...this.#rateLimit.headers, ...answer.headers } };
    };
    this.server.route(method, path, withLimits, { point });
  }

  #gpus({ query }: CloudRequest): Answer {
    const wantsStock = query.get('include') === 'AVAILABILITY';
    const filters = ['product', 'count', 'cloud', 'countryCodes', 'cudaVersions', 'minCudaVersion'];
    const unknown = [...query.keys()].filter((name) => !['include', ...filters].includes(name));
    if (unknown.length > 0) return problem(422, 'Request validation failed.', { errors: unknown });
    if (wantsStock && query.get('product') === null) return problem(400, 'product is required with include');
    if (!wantsStock && filters.some((name) => query.has(name)))
      return problem(400, 'availability filters need include=AVAILABILITY');
    if (wantsStock && query.get('product') !== 'POD') return problem(422, 'Request validation failed.');
    if (!wantsStock) return json(200, { gpus: catalog.map((gpu) => gpuView(gpu, undefined)) });
    const question: StockQuestion = {
      tier: query.get('cloud') === 'COMMUNITY' ? 'COMMUNITY' : 'SECURE',
      count: Number(query.get('count') ?? 1),
      minCuda: query.get('minCudaVersion') ?? undefined,
    };
    return json(200, { gpus: catalog.map((gpu) => gpuView(gpu, question)) });
  }

  #list({ query, fault }: CloudRequest): Answer {
    const unknown = [...query.keys()].filter((name) => !['includeClusterPods', 'cursor'].includes(name));
    if (unknown.length > 0) return problem(422, 'Request validation failed.', { errors: unknown });
    const all = fault?.kind === 'stale' ? this.#lists.ago(fault.seconds) : this.#views();
    const begin = Number(query.get('cursor') ?? 0);
    if (fault?.kind === 'partial') return this.#partOf(all, begin);
    const pods = all.slice(begin, begin + this.pageSize);
    const next = begin + pods.length;
    if (this.pageSize === Infinity) return json(200, { pods });
    const hasNextPage = next < all.length;
    return json(200, { pods, pagination: { hasNextPage, nextCursor: hasNextPage ? String(next) : null } });
  }

  /** A first page, and no way to the next. */
  #partOf(all: readonly object[], begin: number): Answer {
    if (begin > 0) return problem(400, 'invalid cursor');
    const pods = all.slice(0, Math.floor(all.length / 2));
    return json(200, { pods, pagination: { hasNextPage: true, nextCursor: String(pods.length + 1) } });
  }

  #create({ body, fault }: CloudRequest): Answer {
    const wanted = readCreateBody(body);
    if ('errors' in wanted) return problem(422, 'Request validation failed.', { errors: wanted.errors });
    const broken = brokenRule(wanted);
    if (broken !== undefined) return problem(400, broken);
    if (fault?.kind === 'no-capacity' || wanted.gpu === undefined) return problem(400, noCapacityWords);
    const order = this.#orderOf(wanted);
    if (order === undefined) return problem(400, noCapacityWords);
    if (this.balanceUsd < order.usdPerHour)
      return problem(402, 'insufficient balance: at least one hour of the pod must be covered');
    const pod = new Pod(this.#world(), order, 'api', this.#machineFault());
    if (this.nextGpuCount !== undefined) pod.gpuCount = this.nextGpuCount;
    this.nextGpuCount = undefined;
    if (fault?.kind !== 'ghost') this.#add(pod);
    return json(201, pod.view());
  }

  #orderOf({ gpu: wanted, cloud: tier, ...body }: CreateBody): PodOrder | undefined {
    const gpu = catalog.find(({ id }) => id === wanted?.id);
    if (gpu === undefined || wanted === undefined) return undefined;
    const stock = stockOf(gpu, { tier, count: wanted.count, minCuda: wanted.minCudaVersion });
    const places = stock.filter(
      ([id, level]) =>
        level !== 'NONE' && (body.dataCenterIds.length === 0 || body.dataCenterIds.includes(id)),
    );
    const [place] = places;
    if (place === undefined) return undefined;
    return {
      name: body.name,
      image: body.image,
      gpu,
      gpuCount: wanted.count,
      tier,
      dataCenter: place[0] === '' ? null : place[0],
      diskGb: body.disk,
      volume: body.mounts.persistent ?? null,
      ports: body.ports,
      env: body.env,
      args: body.args,
      startSsh: body.startSsh,
      isSpot: false,
      usdPerHour: Number((gpu.price[tier] * wanted.count).toFixed(6)),
    };
  }

  #add(pod: Pod, terminateAfter?: string): void {
    this.instances.set(pod.id, pod);
    pod.begin();
    if (terminateAfter === undefined) return;
    const realMs = Date.parse(terminateAfter) - Date.now();
    this.clock.after(realMs / this.clock.realMs(1), () => pod.terminate());
  }

  #read({ params, fault }: CloudRequest): Answer {
    const pod = this.#shown(params.id);
    if (pod === undefined) return problem(404, 'pod not found');
    if (fault?.kind !== 'stale') return json(200, pod.view());
    const past = this.#lists.ago(fault.seconds).find((view) => 'id' in view && view.id === pod.id);
    return past === undefined ? problem(404, 'pod not found') : json(200, past);
  }

  #delete({ params, fault }: CloudRequest): Answer {
    const pod = this.#find(params.id);
    if (pod === undefined) return problem(404, 'pod not found');
    this.noteChange(pod, 'terminate');
    this.#orLater(fault, () => pod.terminate());
    return { status: 204 };
  }

  #act({ params, body, fault }: CloudRequest): Answer {
    const action = actionOf(body);
    if (action === undefined) return problem(422, 'Request validation failed.');
    const pod = this.#find(params.id);
    if (pod === undefined) return problem(404, 'pod not found');
    if (!pod.actions.includes(action))
      return problem(409, `action ${action} is not valid for status ${pod.status}`);
    if (action === 'start' && fault?.kind === 'no-capacity') return problem(400, noCapacityWords);
    this.noteChange(pod, action);
    this.#orLater(fault, () => {
      if (action === 'start') pod.begin();
      else pod[action]();
    });
    return action === 'terminate' ? { status: 204 } : json(200, pod.view());
  }

  #askGraphQl(request: CloudRequest): Answer {
    if (!this.hasGraphQl) return { status: 410, text: 'Gone' };
    return this.#graphQl.answer(request, this.#podOfKey(bearerOf(request) ?? ''));
  }

  #graphQlAccount(): GraphQlAccount {
    return {
      balanceUsd: () => this.balanceUsd,
      spendUsdPerHour: () => this.liveMachines.reduce((sum, { cost }) => sum + cost, 0),
      rent: (order, terminateAfter) => {
        if (this.balanceUsd < order.usdPerHour)
          throw new GraphQlError('Your balance is too low for this pod', 'INSUFFICIENT_BALANCE');
        const pod = new Pod(this.#world(), order, 'api', this.#machineFault());
        this.#add(pod, terminateAfter);
        return pod;
      },
      find: (id) => this.#find(id),
      terminate: (pod) => {
        this.noteChange(pod, 'terminate');
        pod.terminate();
      },
      stop: (pod) => {
        this.noteChange(pod, 'stop');
        pod.stop();
      },
    };
  }

  /** Does it now, or, where the request is to be ignored, so much later. */
  #orLater(fault: CloudRequest['fault'], action: () => void): void {
    if (fault?.kind !== 'ignored') action();
    else if (fault.seconds !== Infinity) this.clock.after(fault.seconds, action);
  }

  #machineFault(): MachineFault | undefined {
    const fault = this.faults.at('machine');
    return fault !== undefined && isMachineFault(fault) ? fault : undefined;
  }

  #world(): PodWorld {
    return {
      clock: this.clock,
      billing: this.billing,
      boot: (pod, options) => this.boot(pod, options),
      end: (pod) => this.end(pod),
      accountKeys: [],
      onChange: () => this.#lists.keep(this.#views()),
    };
  }

  #views(): readonly object[] {
    return this.liveMachines.map((pod) => pod.view());
  }

  #find(id = ''): Pod | undefined {
    const pod = this.instances.get(id);
    return pod?.isGone === false ? pod : undefined;
  }

  #shown(id = ''): Pod | undefined {
    const pod = this.instances.get(id);
    return pod !== undefined && this.clock.seconds < pod.goneAt + shownAfterEndSeconds ? pod : undefined;
  }

  #podOfKey(key: string): Pod | undefined {
    return this.liveMachines.find(({ ownKey }) => ownKey === key);
  }

  /** Credit used up: every pod is ended, as none has a network volume. */
  #endWhenBroke(): void {
    if (this.balanceUsd > 0) return;
    for (const pod of this.liveMachines) pod.terminate();
  }
}

const emptyOrder = {
  image: 'runpod/base:0.7.0',
  gpuCount: 1,
  tier: 'SECURE',
  dataCenter: 'US-KS-2',
  diskGb: 20,
  volume: null,
  ports: ['8888/http'],
  env: {},
  args: '',
  startSsh: false,
  isSpot: false,
} as const;

/** With its own key a pod may end or stop itself, and not even look. GraphQL decides for itself. */
function mayAsk(pod: Pod, { method, path, body }: CloudRequest): boolean {
  if (path === '/graphql') return true;
  if (method === 'DELETE') return path === `/v2/pods/${pod.id}`;
  const action = actionOf(body);
  return path === `/v2/pods/${pod.id}/action` && (action === 'stop' || action === 'terminate');
}

function actionOf(body: unknown): PodAction | undefined {
  if (typeof body !== 'object' || body === null || Object.keys(body).join() !== 'action') return undefined;
  const [action] = Object.values(body) as unknown[];
  return (['start', 'stop', 'restart', 'terminate'] as const).find((each) => each === action);
}

function gpuView(gpu: CatalogGpu, question: StockQuestion | undefined): object {
  return {
    id: gpu.id,
    name: gpu.name,
    pool: gpu.pool,
    manufacturer: gpu.manufacturer,
    memory: gpu.memory,
    secure: gpu.maxCount.SECURE > 0,
    community: gpu.maxCount.COMMUNITY > 0,
    price: { secure: gpu.price.SECURE, community: gpu.price.COMMUNITY },
    maxCount: { secure: gpu.maxCount.SECURE, community: gpu.maxCount.COMMUNITY },
    ...(question === undefined ? {} : stockView(gpu, question)),
  };
}

/** `dataCenters` and `cudaVersions` are absent, not empty, when nothing fits. */
function stockView(gpu: CatalogGpu, question: StockQuestion): object {
  const stock = stockOf(gpu, question);
  const named = stock.filter(([id]) => id !== '');
  const dataCenters = named.map(([id, availability]) => ({
    id,
    name: dataCenterNames[id] ?? id,
    availability,
  }));
  return {
    availability: bestLevel(stock),
    ...(dataCenters.length === 0 ? {} : { dataCenters }),
    ...(stock.length === 0 ? {} : { cudaVersions: [{ version: gpu.cuda, available: true }] }),
  };
}

function isMachineFault(fault: { readonly kind: string }): fault is MachineFault {
  return ['stuck-booting', 'no-sshd', 'no-gpu', 'dies', 'interrupted'].includes(fault.kind);
}
