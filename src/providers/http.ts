import fetch, { type Headers } from 'node-fetch';
import * as v from 'valibot';
import { delay } from '../delay.js';
import { CloudUnavailableError, messageOf } from '../errors.js';
import type { Logger } from '../logger.js';
import { Pace } from './pace.js';
import { exhaustedMs, waitAskedFor } from './rateLimits.js';
import { redact } from './redaction.js';

export interface HttpOptions {
  /** `RunPod`: who is talked to, in error messages. */
  readonly name: string;
  /** Absolute, without a slash at its end. */
  readonly base: string;
  /** Sent with every call: the key. */
  readonly headers: Readonly<Record<string, string>>;
  /** Never shown, logged or thrown. */
  readonly secrets: readonly string[];
  /** Least time between the beginnings of two calls of a lane, in ms. */
  readonly lanes?: Readonly<Record<string, number>>;
  readonly logger: Logger;
  /** Factor on every wait; 1 but in tests. */
  readonly timeScale: number;
  /** How long a refusal asks to wait, in ms, where a provider says it in the body only. */
  readonly waitOf?: (failure: HttpFailure) => number | undefined;
}

/** One question to a provider. */
export interface Call<S extends v.GenericSchema> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Behind the base, with its leading slash; parts that are data are encoded by the caller. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
  /** What a good answer looks like. An answer without a body is `null`. */
  readonly answer: S;
  /** Names the gap that is kept before this call; `general` when not given. */
  readonly lane?: string;
  /**
   * `safe`: asking twice does the same as asking once, so it is tried again while the provider is in trouble.
   * `once`: it is sent once, and whatever happens is thrown.
   */
  readonly repeat: 'safe' | 'once';
  /** For one try; 30 s when not given. */
  readonly deadlineMs?: number;
}

/** The provider answered with a status of 400 or more. What that means is the provider's file to say. */
export class HttpFailure extends Error {
  readonly status: number;
  /** Redacted, at most 2,000 characters. */
  readonly text: string;
  readonly headers: Headers;
  readonly #body: string;

  constructor(what: string, status: number, body: string, headers: Headers, secrets: readonly string[]) {
    const text = redact(body, secrets).slice(0, 2000);
    super(`${what} was answered with ${status}${text === '' ? '' : `: ${text.slice(0, 300)}`}`);
    this.name = 'HttpFailure';
    this.status = status;
    this.text = text;
    this.headers = headers;
    this.#body = body;
  }

  /** The body as JSON, secrets and all, so it is not kept where an error is printed; `undefined` when it is none. */
  get json(): unknown {
    return parseJson(this.#body);
  }
}

/** No answer came: the call may or may not have been carried out. */
export class NoAnswerError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'NoAnswerError';
  }
}

const defaultDeadlineMs = 30_000;
/** However much waits are shortened: a busy computer needs as long to answer itself. */
const leastDeadlineMs = 3_000;
const firstWaitMs = 500;
const longestWaitMs = 30_000;
/** Together about a minute of waiting; a refusal that names its own time is waited for. */
const mostTries = 7;
/** Whoever is told to stay away for longer must know it: a machine that cannot be ended costs money meanwhile. */
const longestAskedMs = 5 * 60_000;

/**
 * The only way to a provider: paced, with a deadline, tried again where repeating is safe, its answer checked by a
 * schema, and secrets kept out of everything that is thrown or logged.
 */
export class HttpClient {
  readonly #options: HttpOptions;
  readonly #lanes = new Map<string, Pace>();

  constructor(options: HttpOptions) {
    this.#options = options;
  }

  /**
   * @throws {HttpFailure} a status of 400 or more that trying again does not change (or any, with `repeat: 'once'`)
   * @throws {NoAnswerError} with `repeat: 'once'`: nobody knows whether it was carried out
   * @throws {CloudUnavailableError} a safe call found no answer in all its tries, or one that cannot be read
   */
  async send<S extends v.GenericSchema>(call: Call<S>, signal: AbortSignal): Promise<v.InferOutput<S>> {
    let askedMs = 0;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#try(call, signal);
      } catch (error) {
        signal.throwIfAborted();
        if (call.repeat === 'once' || !isPassing(error)) throw error;
        const waitMs = error instanceof HttpFailure ? (this.#askedWait(error) ?? 0) : 0;
        askedMs += waitMs;
        if (attempt >= mostTries || askedMs > longestAskedMs) throw this.#unavailable(call, error);
        await this.#waitAfter(error, attempt, waitMs, signal);
      }
    }
  }

  async #try<S extends v.GenericSchema>(call: Call<S>, signal: AbortSignal): Promise<v.InferOutput<S>> {
    await this.#lane(call.lane).turn(signal);
    const began = performance.now();
    const { status, headers, body } = await this.#fetch(call, signal);
    const ms = Math.round(performance.now() - began);
    this.#options.logger.trace(`${this.#options.name} ${call.method} ${call.path} → ${status} (${ms} ms)`);
    const exhausted = exhaustedMs(headers);
    if (exhausted !== undefined)
      this.#lane(call.lane).pause(this.#scaled(Math.min(exhausted, longestAskedMs)));
    if (status >= 300)
      throw new HttpFailure(this.#nameOf(call), status, body, headers, this.#options.secrets);
    return this.#read(call, body);
  }

  async #fetch(
    { method, path, query = {}, body, deadlineMs = defaultDeadlineMs }: Call<v.GenericSchema>,
    signal: AbortSignal,
  ): Promise<{ status: number; headers: Headers; body: string }> {
    const { base, headers, name, secrets } = this.#options;
    const url = new URL(base + path);
    for (const [key, value] of Object.entries(query))
      if (value !== undefined) url.searchParams.set(key, value);
    const patienceMs = Math.max(leastDeadlineMs, this.#scaled(deadlineMs));
    const deadline = AbortSignal.timeout(patienceMs);
    try {
      const response = await fetch(url, {
        method,
        headers: {
          accept: 'application/json',
          ...headers,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        // A key is sent to the address that was configured, and to no other.
        redirect: 'manual',
        signal: AbortSignal.any([signal, deadline]),
      });
      return { status: response.status, headers: response.headers, body: await response.text() };
    } catch (cause) {
      signal.throwIfAborted();
      const why = deadline.aborted ? `no answer within ${patienceMs / 1000} s` : messageOf(cause);
      throw new NoAnswerError(`${name} did not answer ${method} ${path} (${redact(why, secrets)})`, {
        cause,
      });
    }
  }

  #read<S extends v.GenericSchema>(call: Call<S>, body: string): v.InferOutput<S> {
    const parsed = v.safeParse(call.answer, body.trim() === '' ? null : parseJson(body));
    if (parsed.success) return parsed.output;
    const [issue] = parsed.issues;
    const where = v.getDotPath(issue) ?? 'the answer';
    throw new CloudUnavailableError(
      `${this.#options.name} answered ${call.method} ${call.path} with something Trainyard cannot read ` +
        `(${where}: expected ${issue.expected ?? 'something else'}). It may have changed its interface.`,
    );
  }

  #unavailable(call: Call<v.GenericSchema>, cause: unknown): CloudUnavailableError {
    const { name } = this.#options;
    if (!(cause instanceof HttpFailure)) return new CloudUnavailableError(`${messageOf(cause)}.`, { cause });
    const why = cause.status === 429 ? 'says that it is asked too often' : `is in trouble (${cause.status})`;
    return new CloudUnavailableError(`${name} ${why}: ${call.method} ${call.path}.`, { cause });
  }

  async #waitAfter(error: unknown, attempt: number, leastMs: number, signal: AbortSignal): Promise<void> {
    const backoffMs = Math.min(longestWaitMs, firstWaitMs * 2 ** (attempt - 1)) * (0.5 + Math.random() / 2);
    this.#options.logger.warn(`${messageOf(error)} (try ${attempt})`);
    await delay(this.#scaled(Math.max(backoffMs, leastMs)), signal);
  }

  #askedWait(failure: HttpFailure): number | undefined {
    return waitAskedFor(failure.headers, Date.now()) ?? this.#options.waitOf?.(failure);
  }

  #lane(name = 'general'): Pace {
    const { lanes = {} } = this.#options;
    const lane = this.#lanes.get(name) ?? new Pace(this.#scaled(lanes[name] ?? 0));
    this.#lanes.set(name, lane);
    return lane;
  }

  #scaled(ms: number): number {
    return ms * this.#options.timeScale;
  }

  #nameOf({ method, path }: Call<v.GenericSchema>): string {
    return `${this.#options.name}: ${method} ${path}`;
  }
}

/** Whether the same call may well go through a little later. */
function isPassing(error: unknown): boolean {
  if (error instanceof NoAnswerError) return true;
  return (
    error instanceof HttpFailure && (error.status === 429 || error.status === 408 || error.status >= 500)
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
