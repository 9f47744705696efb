import { delay } from '../../delay.js';
import { InputError, NoCapacityError, NotFoundError } from '../../errors.js';
import type {
  Account,
  Cloud,
  CloudFacts,
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
import { acceptAsk } from './acceptance.js';
import { accountResources, ensureAccountKey, isSameKey, releaseAccountKey } from './accountKey.js';
import { VastApi } from './api.js';
import { toCandidates } from './candidates.js';
import { fromAskId, type OfferKind, toOffers, toSearch } from './offers.js';
import { explained, Refusal } from './refusal.js';
import { toInstance } from './states.js';

/** A machine that was just made cannot be given a key yet; it takes seconds. */
const mostAttachTries = 8;
const attachGapMs = 3000;

/** Vast.ai: a market of single machines, each with its own owner and price. */
export class VastCloud implements Cloud {
  readonly id = 'vast';
  readonly facts: CloudFacts;
  readonly #api: VastApi;
  readonly #options: CloudOptions;

  constructor(facts: CloudFacts, options: CloudOptions) {
    this.facts = facts;
    this.#options = options;
    this.#api = new VastApi(options);
  }

  async check(signal: AbortSignal): Promise<Account> {
    const { email, credit, balance } = await explained(this.#api.currentUser(signal));
    return { name: email ?? null, balanceUsd: credit ?? balance ?? null };
  }

  async balance(signal: AbortSignal): Promise<number> {
    const { balanceUsd } = await this.check(signal);
    return balanceUsd ?? 0;
  }

  async offers(need: OfferNeed, signal: AbortSignal): Promise<readonly Offer[]> {
    const kinds: OfferKind[] = [
      ...(need.spot === true ? [] : ['on-demand' as const]),
      ...(need.spot === false ? [] : ['bid' as const]),
    ];
    const found = kinds.map(async (kind) => {
      const answer = await explained(this.#api.search(toSearch(need, kind), signal));
      return toOffers(answer, need, kind);
    });
    return (await Promise.all(found)).flat();
  }

  async list(signal: AbortSignal): Promise<readonly RentedInstance[]> {
    return (await explained(this.#api.contracts(signal))).map(toInstance);
  }

  async rent(request: RentRequest, ledger: ResourceLedger, signal: AbortSignal): Promise<Rented> {
    const ask = fromAskId(request.offer.id);
    if (ask === undefined)
      throw new InputError(
        `"${request.offer.id}" is no offer of Vast.ai. See \`trainyard offers --provider vast\`.`,
      );
    await explained(ensureAccountKey(this.#api, request, ledger, signal));
    const { timeScale } = this.#options;
    return explained(acceptAsk(this.#api, { ask, request, timeScale, signal }));
  }

  /** Attaches the job's key, the way that lasts: what is only in the machine's own file has been seen to be dropped. */
  async expose(
    { id }: RentedInstance,
    { publicKey }: ExposeRequest,
    _ledger: ResourceLedger,
    signal: AbortSignal,
  ): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const keys = await this.#api.machineKeys(id, signal);
        if (!keys.some((key) => isSameKey(key, publicKey))) await this.#api.attachKey(id, publicKey, signal);
        return;
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        if (error.isOfKey || attempt >= mostAttachTries) throw error.toUserError();
        await delay(attachGapMs * this.#options.timeScale, signal);
      }
    }
  }

  async endpoints(instanceId: string, signal: AbortSignal): Promise<readonly SshCandidate[]> {
    const contract = await explained(this.#api.contract(instanceId, signal));
    return contract === null ? [] : toCandidates(contract);
  }

  async terminate(instanceId: string, signal: AbortSignal): Promise<void> {
    await explained(this.#api.destroy(instanceId, signal));
  }

  async stop(instanceId: string, signal: AbortSignal): Promise<void> {
    await explained(this.#api.setState(instanceId, 'stopped', signal));
  }

  /** @throws {NoCapacityError} others bid more by now. The bid is not raised: what a machine may cost is the user's to say */
  async start(instanceId: string, signal: AbortSignal): Promise<void> {
    const contract = await explained(this.#api.contract(instanceId, signal));
    if (contract === null) throw new NotFoundError(`Vast.ai has no machine ${instanceId}.`);
    const { is_bid: isBid, dph_base: bid, min_bid: least } = contract;
    if (isBid === true && typeof bid === 'number' && typeof least === 'number' && bid < least)
      throw new NoCapacityError(
        `Others bid more for the machine ${instanceId}: it takes $${least}/h now, and your bid is $${bid}/h. ` +
          `Raise the bid at ${this.facts.consoleUrl}, or take another offer.`,
      );
    await explained(this.#api.setState(instanceId, 'running', signal));
  }

  async resources(rows: readonly Resource[], signal: AbortSignal): Promise<readonly Resource[]> {
    return explained(accountResources(this.#api, rows, signal));
  }

  async release(resource: Resource, signal: AbortSignal): Promise<void> {
    await explained(releaseAccountKey(this.#api, resource, signal));
  }

  /** By the key that Vast.ai puts into every machine, which can start, stop and end that machine and nothing else. */
  selfEnd({ instanceId }: { readonly instanceId: string | null }): SelfEnd {
    const id = instanceId === null ? '${CONTAINER_ID}' : encodeURIComponent(instanceId);
    return {
      attempts: [
        {
          method: 'DELETE',
          url: `${this.#options.endpoint}/api/v0/instances/${id}/`,
          headers: { authorization: 'Bearer ${CONTAINER_API_KEY}', 'content-type': 'application/json' },
          body: '{}',
          find: null,
        },
      ],
      secrets: {},
    };
  }

  consoleUrl(): string {
    return this.facts.consoleUrl;
  }
}
