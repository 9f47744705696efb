import * as v from 'valibot';
import { CloudUnavailableError } from '../../errors.js';
import type { CloudOptions } from '../cloud.js';
import { type Call, HttpClient, HttpFailure } from '../http.js';
import {
  acceptedAnswer,
  accountKeys,
  addedKey,
  type Contract,
  type ContractPage,
  contractAnswer,
  contractPage,
  currentUser,
  machineKeys,
  offersAnswer,
  refused,
  type VastKey,
  wholeList,
  yes,
} from './answers.js';
import { lanes, waitOf } from './intervals.js';
import { Refusal } from './refusal.js';

const pageSize = '25';
/** 25,000 machines: a list that is longer does not end. */
const mostPages = 1000;
/** Only what we read; the rest of an instance holds tokens and scripts. */
const columns = Object.keys(contractPage.entries.instances.item.entries);

/**
 * The calls of Vast.ai, one method each, with its own words. All but `accept` are repeated while
 * Vast.ai is in trouble.
 * Each may throw {@link Refusal} and {@link CloudUnavailableError}.
 */
export class VastApi {
  readonly #http: HttpClient;
  readonly #secrets: readonly string[];

  constructor({ key, endpoint, logger, timeScale }: CloudOptions) {
    this.#secrets = [key];
    this.#http = new HttpClient({
      name: 'Vast.ai',
      base: endpoint,
      headers: { authorization: `Bearer ${key}` },
      secrets: this.#secrets,
      lanes,
      logger,
      timeScale,
      waitOf,
    });
  }

  async currentUser(signal: AbortSignal): Promise<v.InferOutput<typeof currentUser>> {
    const path = '/api/v0/users/current/';
    return this.#ask({ method: 'GET', path, answer: currentUser, repeat: 'safe' }, signal);
  }

  async search(filters: Record<string, unknown>, signal: AbortSignal): Promise<readonly unknown[]> {
    const { offers } = await this.#ask(
      {
        method: 'POST',
        path: '/api/v0/bundles/',
        body: filters,
        answer: offersAnswer,
        lane: 'search',
        repeat: 'safe',
      },
      signal,
    );
    return offers;
  }

  /**
   * Accepts an ask, once. `null`: it said yes and not what it made.
   * @throws {NoAnswerError} nobody knows whether a machine was made
   */
  async accept(ask: string, request: Record<string, unknown>, signal: AbortSignal): Promise<string | null> {
    const { new_contract: id } = await this.#ask(
      {
        method: 'PUT',
        path: `/api/v0/asks/${encodeURIComponent(ask)}/`,
        body: request,
        answer: acceptedAnswer,
        lane: 'accept',
        repeat: 'once',
      },
      signal,
    );
    return id === null || id === undefined ? null : String(id);
  }

  /** `null` when it is unknown, which it also is for some seconds after it was made. */
  async contract(id: string, signal: AbortSignal): Promise<Contract | null> {
    try {
      const { instances } = await this.#ask(
        {
          method: 'GET',
          path: contractPath(id),
          query: { owner: 'me' },
          answer: contractAnswer,
          lane: 'show',
          repeat: 'safe',
        },
        signal,
      );
      return instances;
    } catch (error) {
      if (error instanceof Refusal && error.isOfMissing) return null;
      throw error;
    }
  }

  /** Every machine of the account. */
  async contracts(signal: AbortSignal): Promise<readonly Contract[]> {
    try {
      return await this.#allPages(signal);
    } catch (error) {
      // Accounts and stand-ins that do not know the list in pages have the one before.
      if (error instanceof Refusal && error.isOfMissing) return this.#wholeList(signal);
      throw error;
    }
  }

  async setState(id: string, state: 'running' | 'stopped', signal: AbortSignal): Promise<void> {
    const path = contractPath(id);
    await this.#ask(
      { method: 'PUT', path, body: { state }, answer: yes, lane: 'manage', repeat: 'safe' },
      signal,
    );
  }

  /** Gone already is success. */
  async destroy(id: string, signal: AbortSignal): Promise<void> {
    const path = contractPath(id);
    await unlessMissing(
      this.#ask({ method: 'DELETE', path, body: {}, answer: yes, lane: 'destroy', repeat: 'safe' }, signal),
    );
  }

  /** The keys attached to a machine. */
  async machineKeys(id: string, signal: AbortSignal): Promise<readonly VastKey[]> {
    const path = `${contractPath(id)}ssh/`;
    const { ssh_keys: keys } = await this.#ask(
      { method: 'GET', path, answer: machineKeys, lane: 'ssh', repeat: 'safe' },
      signal,
    );
    return keys;
  }

  async attachKey(id: string, line: string, signal: AbortSignal): Promise<void> {
    const path = `${contractPath(id)}ssh/`;
    await this.#ask(
      { method: 'POST', path, body: { ssh_key: line }, answer: yes, lane: 'ssh', repeat: 'safe' },
      signal,
    );
  }

  async accountKeys(signal: AbortSignal): Promise<readonly VastKey[]> {
    const path = '/api/v0/ssh/';
    return this.#ask({ method: 'GET', path, answer: accountKeys, lane: 'ssh', repeat: 'safe' }, signal);
  }

  /** `null`: it said yes and not under which number. Asked twice, it may be there twice. */
  async addAccountKey(line: string, signal: AbortSignal): Promise<string | null> {
    const path = '/api/v0/ssh/';
    const { key } = await this.#ask(
      { method: 'POST', path, body: { ssh_key: line }, answer: addedKey, lane: 'ssh', repeat: 'safe' },
      signal,
    );
    return key === null || key === undefined ? null : String(key.id);
  }

  /** Gone already is success. */
  async removeAccountKey(id: string, signal: AbortSignal): Promise<void> {
    const path = `/api/v0/ssh/${encodeURIComponent(id)}/`;
    await unlessMissing(
      this.#ask({ method: 'DELETE', path, answer: yes, lane: 'ssh', repeat: 'safe' }, signal),
    );
  }

  /** @throws {CloudUnavailableError} also when the pages do not make up a whole */
  async #allPages(signal: AbortSignal): Promise<readonly Contract[]> {
    const all: Contract[] = [];
    const tokens = new Set<string>();
    for (let token: string | undefined; tokens.size < mostPages; tokens.add(token)) {
      const page = await this.#page(token, signal);
      all.push(...page.instances);
      if (page.next_token === null || page.next_token === undefined || page.next_token === '')
        return whole(all, page.total_instances);
      if (tokens.has(page.next_token)) break;
      token = page.next_token;
    }
    throw incomplete();
  }

  #page(token: string | undefined, signal: AbortSignal): Promise<ContractPage> {
    return this.#ask(
      {
        method: 'GET',
        path: '/api/v1/instances/',
        query: {
          limit: pageSize,
          order_by: JSON.stringify([{ col: 'id', dir: 'asc' }]),
          select_cols: JSON.stringify(columns),
          after_token: token,
        },
        answer: contractPage,
        lane: 'list',
        repeat: 'safe',
      },
      signal,
    );
  }

  async #wholeList(signal: AbortSignal): Promise<readonly Contract[]> {
    const { instances, instances_found: found } = await this.#ask(
      {
        method: 'GET',
        path: '/api/v0/instances/',
        query: { owner: 'me' },
        answer: wholeList,
        lane: 'list',
        repeat: 'safe',
      },
      signal,
    );
    return whole(instances, found);
  }

  async #ask<S extends v.GenericSchema>(call: Call<S>, signal: AbortSignal): Promise<v.InferOutput<S>> {
    const secrets = this.#secrets;
    const answer = v.lazy((body): S => {
      if (v.is(refused, body)) throw new Refusal(200, { json: body, text: '' }, secrets);
      return call.answer;
    });
    try {
      return await this.#http.send({ ...call, answer }, signal);
    } catch (error) {
      throw error instanceof HttpFailure ? Refusal.of(error, secrets) : error;
    }
  }
}

/** With a slash at its end, as Vast.ai's own program writes it. */
function contractPath(id: string): string {
  return `/api/v0/instances/${encodeURIComponent(id)}/`;
}

async function unlessMissing(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof Refusal && error.isOfMissing)) throw error;
  }
}

/** Machines that vanish while we turn the pages make the count smaller, never the list. */
function whole(all: readonly Contract[], count: number | null | undefined): readonly Contract[] {
  if (all.length < (count ?? 0)) throw incomplete();
  return all;
}

function incomplete(): CloudUnavailableError {
  return new CloudUnavailableError(
    'Vast.ai gave a list of machines that is not complete. Try again in a minute.',
  );
}
