import {
  type Answer,
  bearerOf,
  type CloudRequest,
  json,
  type Method,
  type RouteHandler,
  unknownFields,
} from '../base/cloudServer.js';
import type { FaultPoint, TroubleFault } from '../base/faults.js';
import type { CloudResource } from '../base/simulatedCloud.js';
import { type Contract, type KeyRow, toWire } from './contract.js';
import { Intervals } from './intervals.js';
import type { Listing } from './market.js';
import { type Order, readOrder } from './order.js';
import { pageOf } from './pages.js';
import { VastRentals, type VastOptions as RentalOptions } from './rentals.js';

export interface VastOptions extends RentalOptions {
  /** Lists as they were before they came in pages. */
  readonly hasOldList?: boolean;
}

/** The interface of Vast.ai as its pages and clients describe it, over a market and machines of its own. */
export class SimulatedVast extends VastRentals {
  readonly #intervals = new Intervals(this.clock);
  #lastKey = 100;
  #refusals = 0;

  constructor({ hasOldList = false, ...options }: VastOptions = {}) {
    super(options);
    this.#on('GET', '/api/v0/users/current', 'account', () => this.#user());
    this.#on('POST', '/api/v0/bundles', 'offers', ({ body }) => this.market.search(body));
    this.#on('PUT', '/api/v0/asks/:id', 'create', (request) => this.#create(request));
    if (hasOldList) this.#on('GET', '/api/v0/instances', 'list', (request) => this.#oldList(request));
    else this.#on('GET', '/api/v1/instances', 'list', (request) => this.#list(request));
    this.#on('PUT', '/api/v0/instances/bid_price/:id', 'start', (request) => this.#raise(request));
    this.#on('GET', '/api/v0/instances/:id', 'read', (request) => this.#read(request));
    this.#on('PUT', '/api/v0/instances/:id', 'stop', (request) => this.#change(request));
    this.#on('DELETE', '/api/v0/instances/:id', 'terminate', (request) => this.#destroy(request));
    this.#on('GET', '/api/v0/instances/:id/ssh', 'keys', (request) => this.#attachedKeys(request));
    this.#on('POST', '/api/v0/instances/:id/ssh', 'keys', (request) => this.#attach(request));
    this.#on('GET', '/api/v0/ssh', 'keys', () => json(200, this.accountKeys.map(toWireKey)));
    this.#on('POST', '/api/v0/ssh', 'keys', (request) => this.#addKey(request));
    this.#on('DELETE', '/api/v0/ssh/:id', 'keys', (request) => this.#removeKey(request));
  }

  override get environment(): Readonly<Record<string, string>> {
    return { TRAINYARD_ENDPOINT_VAST: this.endpoint, VAST_API_KEY: this.accountKey };
  }

  /** Keys of the account, by the comment of their line. */
  override get resources(): readonly CloudResource[] {
    return this.accountKeys.map(({ id, line }) => ({
      kind: 'ssh-key',
      id: String(id),
      label: line.split(' ')[2] ?? '',
    }));
  }

  /** As if the user had added it in the console. */
  addAccountKey(line: string): KeyRow {
    const key = this.#newKey(line);
    this.accountKeys.push(key);
    return key;
  }

  protected override admit(request: CloudRequest): Answer | undefined {
    return this.#refuseKey(request) ?? this.#intervals.refuse(request);
  }

  protected override unknownRoute({ method, path }: CloudRequest): Answer {
    return json(404, { success: false, error: 'not_found', msg: `No route ${method} ${path}` });
  }

  protected override badJson(): Answer {
    return json(400, { success: false, error: 'invalid_request', msg: 'Invalid json body' });
  }

  /** Never with Retry-After, and mostly as plain text. */
  protected override trouble(fault: TroubleFault): Answer {
    const status = Number(fault.kind);
    if (fault.kind !== '429')
      return fault.kind === '500'
        ? json(status, { success: false, error: 'internal_error', msg: 'Something went wrong' })
        : { status, text: '<html><body><h1>503 Service Temporarily Unavailable</h1></body></html>' };
    if (fault.body === 'empty') return { status };
    if (fault.body === 'json')
      return json(status, { detail: 'API requests too frequent endpoint threshold=2.0' });
    return { status, text: 'API requests too frequent: endpoint threshold=4.5' };
  }

  /** With and without a slash at the end. */
  #on(method: Method, path: string, point: FaultPoint, handler: RouteHandler): void {
    for (const pattern of [path, `${path}/`]) this.server.route(method, pattern, handler, { point });
  }

  #refuseKey(request: CloudRequest): Answer | undefined {
    const key = bearerOf(request);
    if (key === this.accountKey) return undefined;
    const refusal = { success: false, error: 'auth_error', msg: 'Invalid user key' };
    // Everybody may look at the market; a wrong key is told so as if there were none.
    if (/\/bundles\/?$/.test(request.path)) return key === undefined ? undefined : json(404, refusal);
    const own = this.liveMachines.find(({ ownKey }) => ownKey === key);
    if (own === undefined) return json(401, refusal);
    const path = `/api/v0/instances/${own.id}`;
    return [path, `${path}/`].includes(request.path)
      ? undefined
      : json(403, { success: false, error: 'forbidden', msg: 'This key may not do that.' });
  }

  /** Some versions tell the key itself. */
  #user(): Answer {
    const [key] = this.accountKeys;
    return json(200, {
      id: 456,
      email: 'somebody@example.org',
      credit: this.creditUsd,
      balance: 0,
      ssh_key: key?.line ?? '',
      api_key: this.accountKey,
    });
  }

  #create({ params, body, fault }: CloudRequest): Answer {
    const askId = Number(params.id);
    const listing = this.market.find(askId);
    if (listing === undefined) return goneAsk(404, askId);
    const order = readOrder(body, listing);
    if ('error' in order) return json(400, { success: false, ask_id: askId, ...order });
    if (this.creditUsd <= 0)
      return json(400, { success: false, error: 'insufficient_credit', msg: 'Your account lacks credit.' });
    if (fault?.kind === 'ghost') return accepted(String(this.clock.nowSeconds()), 'of-nothing');
    if (fault?.kind === 'no-capacity') return this.#refuseAsk(listing, order);
    if (order.price !== undefined && order.price < listing.minBid) return this.#halfMake(listing, order);
    const { id, ownKey } = this.rentOut(listing, order, true);
    return accepted(id, ownKey);
  }

  /** Somebody else was faster. In each of the ways in which that is told, in turn. */
  #refuseAsk(listing: Listing, order: Order): Answer {
    const askId = listing.askId;
    this.#refusals += 1;
    if (this.#refusals % 4 === 0) return this.#halfMake(listing, order);
    this.market.relist(listing);
    if (this.#refusals % 4 === 3)
      return json(200, {
        success: false,
        error: 'no_such_ask',
        msg: `Instance type ${askId} is not available.`,
      });
    return goneAsk(this.#refusals % 4 === 1 ? 410 : 404, askId);
  }

  /** Refuses, and leaves a stopped machine behind whose disk bills. */
  #halfMake(listing: Listing, order: Order): Answer {
    const { askId } = listing;
    const { id } = this.rentOut(listing, order, false);
    return json(400, {
      success: false,
      error: 'invalid_price',
      msg: `error 400/3484: Invalid price: the bid is below the minimum of ${listing.minBid}`,
      ask_id: askId,
      new_contract: Number(id),
    });
  }

  #list({ query, fault }: CloudRequest): Answer {
    const all = fault?.kind === 'stale' ? this.history.ago(fault.seconds) : this.liveMachines.map(toWire);
    return pageOf(all, query, fault?.kind === 'partial' ? 1 : 0);
  }

  #oldList({ fault }: CloudRequest): Answer {
    const all = fault?.kind === 'stale' ? this.history.ago(fault.seconds) : this.liveMachines.map(toWire);
    const hidden = fault?.kind === 'partial' ? 1 : 0;
    return json(200, { instances_found: all.length, instances: all.slice(hidden) });
  }

  #read({ params, fault }: CloudRequest): Answer {
    const contract = this.#find(params.id);
    const now = contract === undefined || this.#isHidden(contract) ? null : toWire(contract);
    const before = fault?.kind === 'stale' ? this.history.ago(fault.seconds) : [];
    return json(200, { instances: before.find(({ id }) => String(id) === params.id) ?? now });
  }

  async #change({ params, body, fault }: CloudRequest): Promise<Answer> {
    const contract = this.#find(params.id);
    if (contract === undefined) return noSuchInstance;
    const [unknown] = unknownFields(body, ['state', 'label']);
    const fields = new Map<string, unknown>(Object.entries(body ?? {}));
    const [state, label] = [fields.get('state'), fields.get('label')];
    if (unknown !== undefined || (state !== undefined && state !== 'running' && state !== 'stopped'))
      return json(400, { success: false, error: 'invalid_args', msg: `Invalid args: ${unknown ?? 'state'}` });
    this.noteChange(contract, state ?? 'label');
    if (typeof label === 'string') {
      if (label.length > 1024) return json(400, { success: false, error: 'label_too_long', msg: 'Too long' });
      contract.label = label;
      this.changed();
    }
    if (fault?.kind === 'ignored') return json(200, { success: true });
    if (state === 'stopped') await this.stopContract(contract);
    if (state === 'running') return this.#start(contract);
    return json(200, { success: true });
  }

  #start(contract: Contract): Answer {
    if (this.creditUsd <= 0)
      return json(400, { success: false, error: 'missing_billing', msg: 'Your account lacks credit.' });
    const isOutbid = contract.isBid && contract.gpuUsdPerHour < contract.listing.minBid;
    const isTaken = this.faults.at('start')?.kind === 'no-capacity';
    this.resume(contract, !isOutbid && !isTaken);
    return json(200, { success: true });
  }

  #raise({ params, body }: CloudRequest): Answer {
    const contract = this.#find(params.id);
    if (contract === undefined) return noSuchInstance;
    const fields = new Map<string, unknown>(Object.entries(body ?? {}));
    const price = fields.get('price');
    const isFit = typeof price === 'number' && price >= 0.001 && price <= 32;
    if (!isFit || fields.get('client_id') !== 'me' || !contract.isBid)
      return json(400, { success: false, error: 'invalid_args', msg: 'Invalid args' });
    this.noteChange(contract, 'bid');
    contract.usdPerHour += price - contract.gpuUsdPerHour;
    contract.gpuUsdPerHour = price;
    if (contract.actual === 'running') this.billing.start(contract.id, 'gpu', price);
    if (price >= contract.listing.minBid) this.resume(contract, true);
    this.changed();
    return json(200, { success: true });
  }

  async #destroy({ params, fault }: CloudRequest): Promise<Answer> {
    const contract = this.#find(params.id);
    if (contract === undefined) return noSuchInstance;
    this.noteChange(contract, 'terminate');
    if (fault?.kind !== 'ignored') await this.destroy(contract);
    else if (Number.isFinite(fault.seconds))
      this.clock.after(fault.seconds, () => void this.destroy(contract));
    return json(200, { success: true });
  }

  #attachedKeys({ params }: CloudRequest): Answer {
    const contract = this.#find(params.id);
    if (contract === undefined) return noSuchInstance;
    return json(200, { success: true, ssh_keys: JSON.stringify(contract.keys.map(toWireKey)) });
  }

  async #attach({ params, body }: CloudRequest): Promise<Answer> {
    const contract = this.#find(params.id);
    if (contract === undefined || this.#isHidden(contract)) return noSuchInstance;
    if (contract.actual === null)
      return json(400, { success: false, error: 'invalid_request', msg: 'The instance is not ready.' });
    const line = keyOf(body);
    if (line === undefined) return noKey;
    this.noteChange(contract, 'attach');
    await this.attach(contract, this.#newKey(line));
    return json(200, { success: true, msg: 'SSH key attached successfully' });
  }

  #addKey({ body }: CloudRequest): Answer {
    const line = keyOf(body);
    if (line === undefined) return noKey;
    const key = this.addAccountKey(line);
    return json(200, {
      success: true,
      key: { id: key.id, user_id: 456, public_key: line, created_at: key.createdAt, deleted_at: null },
    });
  }

  #removeKey({ params }: CloudRequest): Answer {
    const left = this.accountKeys.filter(({ id }) => String(id) !== params.id);
    if (left.length === this.accountKeys.length) return noKey;
    this.accountKeys = left;
    return json(200, { success: true });
  }

  #newKey(line: string): KeyRow {
    this.#lastKey += 1;
    return { id: this.#lastKey, line, createdAt: new Date().toISOString() };
  }

  /** For some seconds after its create a machine cannot be asked for by its number. */
  #isHidden({ shownFromSeconds }: Contract): boolean {
    return shownFromSeconds > this.clock.seconds;
  }

  #find(id: string | undefined): Contract | undefined {
    const contract = this.instances.get(id ?? '');
    return contract === undefined || contract.isGone ? undefined : contract;
  }
}

const noSuchInstance = json(404, { success: false, error: 'no_such_instance', msg: 'Instance not found' });
const noKey = json(400, { success: false, error: 'no_ssh_key', msg: 'No ssh key provided' });

function accepted(id: string, ownKey: string): Answer {
  return json(200, { success: true, new_contract: Number(id), instance_api_key: ownKey });
}

function goneAsk(status: 404 | 410, askId: number): Answer {
  return status === 404
    ? json(404, {
        success: false,
        error: 'invalid_args',
        msg: `error 404/3603: no_such_ask Instance type by id ${askId} is not available.`,
        ask_id: askId,
      })
    : json(410, {
        success: false,
        error: 'no_such_ask',
        msg: `error 410/3907: no_such_ask Instance type ${askId} is no longer available.`,
        ask_id: askId,
      });
}

function keyOf(body: unknown): string | undefined {
  const line = new Map<string, unknown>(Object.entries(body ?? {})).get('ssh_key');
  return typeof line === 'string' && /^(ssh|ecdsa)-\S+ \S+/.test(line) ? line : undefined;
}

/** As lists have it. */
function toWireKey({ id, line, createdAt }: KeyRow): object {
  return { id, user_id: 456, key: line, created_at: createdAt, deleted_at: null };
}
