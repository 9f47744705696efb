import { delay } from '../../delay.js';
import { CloudUnavailableError } from '../../errors.js';
import { type HttpClient, HttpFailure } from '../http.js';
import { waitAskedFor } from '../rateLimits.js';
import { anyAnswer, type GpuType, gpuTypesAnswer, type Pod, podAnswer, podsAnswer } from './answers.js';
import { createRefusal, podRefusal, refusal } from './failures.js';
import { lowestCuda } from './image.js';
import type { Tier } from './offers.js';

/** A create that was refused for being one too many within a minute has made nothing, and is sent again. */
const mostCreates = 4;
const waitMs = 5_000;
/** Pages of a list; more are a server that does not come to an end. */
const mostPages = 100;

/** RunPod's REST interface v2, as far as it is used. Its errors are of `src/errors.ts`. */
export class RestApi {
  readonly #http: HttpClient;
  readonly #timeScale: number;

  constructor(http: HttpClient, timeScale: number) {
    this.#http = http;
    this.#timeScale = timeScale;
  }

  /** GPU types with their stock for pods of `count` GPUs, on hosts whose driver takes our image. */
  async gpuTypes(tier: Tier, count: number, signal: AbortSignal): Promise<readonly GpuType[]> {
    const query = {
      include: 'AVAILABILITY',
      product: 'POD',
      cloud: tier.toUpperCase(),
      count: String(count),
      minCudaVersion: lowestCuda,
    };
    const call = {
      method: 'GET',
      path: '/v2/catalog/gpus',
      query,
      answer: gpuTypesAnswer,
      repeat: 'safe',
    } as const;
    const { gpus } = await this.#http.send(call, signal).catch(refuse);
    return gpus.filter((gpu) => gpu !== null);
  }

  /**
   * Every pod of the account, those of clusters too.
   * @throws {CloudUnavailableError} there are more than RunPod shows
   */
  async pods(signal: AbortSignal): Promise<readonly Pod[]> {
    const pods = new Map<string, Pod>();
    let cursor: string | undefined;
    for (let page = 0; page < mostPages; page += 1) {
      const answer = await this.#page(cursor, signal);
      const before = pods.size;
      for (const pod of answer.pods) pods.set(pod.id, pod);
      if (answer.pagination?.hasNextPage !== true) return [...pods.values()];
      // A server that does not know the cursor shows its first page again and again.
      if (pods.size === before || answer.pagination.nextCursor === null) break;
      cursor = answer.pagination.nextCursor;
    }
    throw incomplete();
  }

  async #page(cursor: string | undefined, signal: AbortSignal) {
    const query = { includeClusterPods: 'true', cursor };
    const call = { method: 'GET', path: '/v2/pods', query, answer: podsAnswer, repeat: 'safe' } as const;
    try {
      return await this.#http.send(call, signal);
    } catch (error) {
      throw cursor !== undefined && error instanceof HttpFailure ? incomplete(error) : refusal(error);
    }
  }

  /** @throws {NotFoundError} there is none */
  async pod(id: string, signal: AbortSignal): Promise<Pod> {
    const call = { method: 'GET', path: pathOf(id), answer: podAnswer, repeat: 'safe' } as const;
    return this.#http.send(call, signal).catch(refusePod);
  }

  /** @throws {NoCapacityError | AccountError | InputError | DoubtfulError} as `Cloud.rent` says */
  async create(order: object, label: string, signal: AbortSignal): Promise<Pod> {
    const call = {
      method: 'POST',
      path: '/v2/pods',
      body: order,
      answer: podAnswer,
      repeat: 'once',
    } as const;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#http.send(call, signal);
      } catch (error) {
        signal.throwIfAborted();
        const isTooMany = error instanceof HttpFailure && error.status === 429;
        if (!isTooMany || attempt === mostCreates) throw createRefusal(error, label);
        const asked = waitAskedFor(error.headers, Date.now()) ?? waitMs * attempt;
        await delay(asked * this.#timeScale, signal);
      }
    }
  }

  /** @throws {NotFoundError} there is none */
  async delete(id: string, signal: AbortSignal): Promise<void> {
    const call = { method: 'DELETE', path: pathOf(id), answer: anyAnswer, repeat: 'safe' } as const;
    await this.#http.send(call, signal).catch(refusePod);
  }

  /**
   * @returns the pod afterwards, or `undefined` when it is in a state that this action does not fit (409)
   * @throws {NotFoundError} there is none
   */
  async act(id: string, action: 'start' | 'stop', signal: AbortSignal): Promise<Pod | undefined> {
    const path = `${pathOf(id)}/action`;
    const call = { method: 'POST', path, body: { action }, answer: podAnswer, repeat: 'safe' } as const;
    try {
      return await this.#http.send(call, signal);
    } catch (error) {
      if (error instanceof HttpFailure && error.status === 409) return undefined;
      throw podRefusal(error);
    }
  }
}

function pathOf(id: string): string {
  return `/v2/pods/${encodeURIComponent(id)}`;
}

function refuse(error: unknown): never {
  throw refusal(error);
}

function refusePod(error: unknown): never {
  throw podRefusal(error);
}

function incomplete(cause?: unknown): CloudUnavailableError {
  return new CloudUnavailableError(
    'RunPod showed only a part of your pods, so nobody knows which there are. Look at them in its console.',
    { cause },
  );
}
