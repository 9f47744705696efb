import {
  AccountError,
  CloudUnavailableError,
  InputError,
  messageOf,
  NoCapacityError,
  NotFoundError,
} from '../../errors.js';
import type { Logger } from '../../logger.js';
import type {
  Account,
  Cloud,
  CloudOptions,
  Offer,
  OfferNeed,
  Rented,
  RentedInstance,
  RentRequest,
  ResourceLedger,
  SelfEnd,
  SshCandidate,
} from '../cloud.js';
import { HttpClient } from '../http.js';
import type { Pod } from './answers.js';
import { facts } from './facts.js';
import { doubt } from './failures.js';
import { GraphQl } from './graphQl.js';
import { onDemandOffers, placeOf, spotOffers, tiers } from './offers.js';
import { type PodOrder, restOrder, spotOrder } from './podOrder.js';
import { sshCandidates, toInstance } from './pods.js';
import { RestApi } from './restApi.js';

/** RunPod: pods, which are containers with GPUs. REST v2, and the older GraphQL for spot and balance. */
export class RunPod implements Cloud {
  readonly id = 'runpod';
  readonly facts = facts;
  readonly #rest: RestApi;
  readonly #graphQl: GraphQl;
  readonly #endpoint: string;
  readonly #image: string | undefined;
  readonly #logger: Logger;

  constructor({ key, endpoint, settings, logger, timeScale }: CloudOptions) {
    const http = new HttpClient({
      name: 'RunPod',
      base: endpoint,
      headers: { authorization: `Bearer ${key}` },
      secrets: [key],
      logger,
      timeScale,
    });
    this.#rest = new RestApi(http, timeScale);
    this.#graphQl = new GraphQl(http);
    this.#endpoint = endpoint;
    this.#image = settings.image;
    this.#logger = logger;
  }

  async check(signal: AbortSignal): Promise<Account> {
    await this.#rest.pods(signal);
    const account = await this.#orUnknown('balance', this.#graphQl.account(signal), signal);
    return { name: account?.id ?? null, balanceUsd: account?.balanceUsd ?? null };
  }

  async offers({ count, spot }: OfferNeed, signal: AbortSignal): Promise<readonly Offer[]> {
    const [onDemand, spotOnes] = await Promise.all([
      spot === true ? [] : this.#onDemandOffers(count, signal),
      spot === false ? [] : this.#spotOffers(count, signal),
    ]);
    return [...onDemand, ...spotOnes];
  }

  async #onDemandOffers(count: number, signal: AbortSignal): Promise<readonly Offer[]> {
    const all = tiers.map(async (tier) =>
      onDemandOffers(await this.#rest.gpuTypes(tier, count, signal), tier, count),
    );
    return (await Promise.all(all)).flat();
  }

  async #spotOffers(count: number, signal: AbortSignal): Promise<readonly Offer[]> {
    const prices = await this.#orUnknown('spot prices', this.#graphQl.spotPrices(count, signal), signal);
    return prices === undefined ? [] : tiers.flatMap((tier) => spotOffers(prices, tier, count));
  }

  /** What can be done without. */
  async #orUnknown<T>(what: string, answer: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
    try {
      return await answer;
    } catch (error) {
      signal.throwIfAborted();
      this.#logger.warn(`RunPod ${what} → unknown: ${messageOf(error)}`);
      return undefined;
    }
  }

  async list(signal: AbortSignal): Promise<readonly RentedInstance[]> {
    return (await this.#rest.pods(signal)).map(toInstance);
  }

  async rent(request: RentRequest, _ledger: ResourceLedger, signal: AbortSignal): Promise<Rented> {
    const place = placeOf(request.offer.id);
    if (place === undefined)
      throw new InputError(
        `${request.offer.id} is not an offer of RunPod. Choose one of \`trainyard offers\`.`,
      );
    const order = { request, place, image: this.#image };
    return request.offer.spot ? this.#rentSpot(order, signal) : this.#rentOnDemand(order, signal);
  }

  async #rentOnDemand(order: PodOrder, signal: AbortSignal): Promise<Rented> {
    const pod = await this.#rest.create(restOrder(order), order.request.label, signal);
    await this.#endIfShort(pod, order.request, signal);
    return { id: pod.id, usdPerHour: priceOf(pod) };
  }

  async #rentSpot(order: PodOrder, signal: AbortSignal): Promise<Rented> {
    const { id, usdPerHour } = await this.#graphQl.rentSpot(spotOrder(order), order.request.label, signal);
    const pod = await this.#orUnknown(`pod ${id}`, this.#rest.pod(id, signal), signal);
    if (pod !== undefined) await this.#endIfShort(pod, order.request, signal);
    return { id, usdPerHour: (pod && priceOf(pod)) ?? usdPerHour };
  }

  /** RunPod has been seen to give fewer GPUs than were ordered. Such a pod is worth nothing and costs. */
  async #endIfShort(pod: Pod, { offer, label }: RentRequest, signal: AbortSignal): Promise<void> {
    const count = pod.gpu?.count ?? offer.count;
    if (count >= offer.count) return;
    try {
      await this.terminate(pod.id, signal);
    } catch (error) {
      throw doubt(`it has ${count} of ${offer.count} GPUs and could not be ended`, label, error);
    }
    throw new NoCapacityError(`RunPod gave ${count} of ${offer.count} GPUs. The pod was ended at once.`);
  }

  async endpoints(instanceId: string, signal: AbortSignal): Promise<readonly SshCandidate[]> {
    const pod = await unlessUnknown(this.#rest.pod(instanceId, signal));
    return pod === undefined ? [] : sshCandidates(pod);
  }

  async terminate(instanceId: string, signal: AbortSignal): Promise<void> {
    await unlessUnknown(this.#rest.delete(instanceId, signal));
  }

  async stop(instanceId: string, signal: AbortSignal): Promise<void> {
    if ((await this.#rest.act(instanceId, 'stop', signal)) !== undefined) return;
    const { state, locked } = toInstance(await this.#rest.pod(instanceId, signal));
    if (state === 'stopped' || state === 'interrupted') return;
    if (locked)
      throw new AccountError(`This pod is locked against stopping. Unlock it at ${facts.consoleUrl}.`);
    throw new CloudUnavailableError(
      `RunPod does not stop this pod now (it is ${state}). Try again in a minute.`,
    );
  }

  async start(instanceId: string, signal: AbortSignal): Promise<void> {
    const started = await this.#rest.act(instanceId, 'start', signal);
    const pod = started ?? (await this.#rest.pod(instanceId, signal));
    const { state } = toInstance(pod);
    if (pod.gpu?.count === 0) {
      await this.stop(instanceId, signal);
      throw new NoCapacityError(
        'The GPU of this pod was given to somebody else while it was stopped. It was stopped again. ' +
          'Try later, or end it: a stopped pod still pays for its volume.',
      );
    }
    if (started === undefined && state !== 'running' && state !== 'starting')
      throw new CloudUnavailableError(
        `RunPod does not start this pod now (it is ${state}). Try again in a minute.`,
      );
  }

  async balance(signal: AbortSignal): Promise<number> {
    return (await this.#graphQl.account(signal)).balanceUsd;
  }

  /**
   * With the key that RunPod gives each pod for itself. GraphQL first, as a pod's key is known to be good for it;
   * REST v2 is what will be left of the two.
   */
  selfEnd(): SelfEnd {
    const headers = { authorization: 'Bearer ${RUNPOD_API_KEY}' };
    const query = 'mutation { podTerminate(input: { podId: "${RUNPOD_POD_ID}" }) }';
    return {
      attempts: [
        {
          method: 'POST',
          url: `${this.#endpoint}/graphql`,
          headers: { ...headers, 'content-type': 'application/json' },
          body: JSON.stringify({ query }),
          find: null,
        },
        {
          method: 'DELETE',
          url: `${this.#endpoint}/v2/pods/\${RUNPOD_POD_ID}`,
          headers,
          body: null,
          find: null,
        },
      ],
      secrets: {},
    };
  }

  consoleUrl(): string {
    return facts.consoleUrl;
  }
}

/** The price that counts, once there is one: a pod that is being made may say 0. */
function priceOf({ cost }: Pod): number | null {
  return cost === null || cost <= 0 ? null : cost;
}

async function unlessUnknown<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}
