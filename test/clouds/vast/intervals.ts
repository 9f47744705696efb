import { type Answer, type CloudRequest, json } from '../base/cloudServer.js';
import type { SimulatedClock } from '../base/simulatedClock.js';

interface Limit {
  readonly method: string;
  readonly path: RegExp;
  /** Least seconds between two calls of an identity. */
  readonly threshold: number;
}

/** The first that fits counts. */
const limits: readonly Limit[] = [
  { method: 'PUT', path: /\/asks\/[^/]+\/?$/, threshold: 4.5 },
  { method: 'PUT', path: /\/instances\/bid_price\/[^/]+\/?$/, threshold: 5.5 },
  { method: 'GET', path: /\/v0\/instances\/\d+\/?$/, threshold: 2 },
  { method: 'PUT', path: /\/instances\/\d+\/?$/, threshold: 1 },
  { method: 'DELETE', path: /\/instances\/\d+\/?$/, threshold: 3 },
  { method: 'GET', path: /\/instances\/?$/, threshold: 1 },
  { method: 'GET', path: /\/ssh\/?$/, threshold: 1 },
  { method: 'POST', path: /\/ssh\/?$/, threshold: 1 },
  { method: 'DELETE', path: /\/ssh\/[^/]+\/?$/, threshold: 1 },
];
const searchesPerMinute = 10;

/** Takes a call of one kind only so often, for everybody who asks. */
export class Intervals {
  readonly #clock: SimulatedClock;
  readonly #last = new Map<string, number>();
  #searches: number[] = [];
  #refusals = 0;

  constructor(clock: SimulatedClock) {
    this.#clock = clock;
  }

  /** The refusal, when it is too soon. */
  refuse(request: CloudRequest): Answer | undefined {
    if (/\/bundles\/?$/.test(request.path)) return this.#refuseSearch();
    const limit = limits.find(({ method, path }) => method === request.method && path.test(request.path));
    if (limit === undefined) return undefined;
    const lane = `${limits.indexOf(limit)} ${request.headers.authorization ?? ''}`;
    const now = this.#clock.seconds;
    if (now - (this.#last.get(lane) ?? -Infinity) < limit.threshold)
      return this.#tooFrequent(limit.threshold);
    this.#last.set(lane, now);
    return undefined;
  }

  #refuseSearch(): Answer | undefined {
    const now = this.#clock.seconds;
    this.#searches = this.#searches.filter((at) => now - at < 60);
    if (this.#searches.length >= searchesPerMinute) return { status: 429, text: 'API requests too frequent' };
    this.#searches.push(now);
    return undefined;
  }

  /** In each of the ways that have been seen, in turn. */
  #tooFrequent(threshold: number): Answer {
    this.#refusals += 1;
    const words = `threshold=${threshold.toFixed(1)}`;
    return this.#refusals % 2 === 1
      ? { status: 429, text: `API requests too frequent: endpoint ${words}` }
      : json(429, { detail: `API requests too frequent endpoint ${words}` });
  }
}
