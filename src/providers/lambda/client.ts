import { NoCapacityError } from '../../errors.js';
import type {
  Account,
  Cloud,
  CloudOptions,
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
import { LambdaApi } from './api.js';
import { facts } from './facts.js';
import { endpointsOf, toInstance } from './instances.js';
import { launchOrder } from './launchOrder.js';
import { placeOf, toOffers } from './offers.js';
import { selfEnd } from './selfEnd.js';
import { SshKeys } from './sshKeys.js';

/** Lambda Cloud, on demand: virtual machines that are launched and terminated, and nothing in between. */
export class Lambda implements Cloud {
  readonly id = 'lambda';
  readonly facts = facts;
  readonly #options: CloudOptions;
  readonly #api: LambdaApi;
  readonly #sshKeys: SshKeys;

  constructor(options: CloudOptions) {
    this.#options = options;
    this.#api = new LambdaApi(options);
    this.#sshKeys = new SshKeys(this.#api);
  }

  async check(signal: AbortSignal): Promise<Account> {
    await this.#api.regions(signal);
    // Lambda tells neither.
    return { name: null, balanceUsd: null };
  }

  async offers(_need: OfferNeed, signal: AbortSignal): Promise<readonly Offer[]> {
    return toOffers(await this.#api.types(signal));
  }

  async list(signal: AbortSignal): Promise<readonly RentedInstance[]> {
    return (await this.#api.instances(signal)).map(toInstance);
  }

  async rent(request: RentRequest, ledger: ResourceLedger, signal: AbortSignal): Promise<Rented> {
    const { offer, label, keyName, publicKey } = request;
    const { type, region } = placeOf(offer.id);
    if (region === null) throw new NoCapacityError(`Lambda has ${type} free in no region now.`);
    const sshKeyName = await this.#sshKeys.register(keyName, publicKey, ledger, signal);
    const order = launchOrder(request, { type, region, sshKeyName }, this.#options.key);
    const id = await this.#api.launch(order, label, signal);
    // The answer names no price; the next list does.
    return { id, usdPerHour: null };
  }

  async endpoints(instanceId: string, signal: AbortSignal): Promise<readonly SshCandidate[]> {
    const instance = await this.#api.instance(instanceId, signal);
    return instance === undefined ? [] : endpointsOf(instance);
  }

  async terminate(instanceId: string, signal: AbortSignal): Promise<void> {
    await this.#api.terminate(instanceId, signal);
  }

  async resources(rows: readonly Resource[], signal: AbortSignal): Promise<readonly Resource[]> {
    return this.#sshKeys.ours(rows, signal);
  }

  async release(resource: Resource, signal: AbortSignal): Promise<void> {
    if (resource.kind === 'ssh-key') await this.#sshKeys.release(resource, signal);
  }

  selfEnd(target: { readonly label: string; readonly instanceId: string | null }): SelfEnd {
    return selfEnd(target, this.#options);
  }

  /** Lambda has one page for all machines. */
  consoleUrl(): string {
    return facts.consoleUrl;
  }
}
