import { createHash } from 'node:crypto';
import { AuthError } from '../errors.js';
import type { Logger } from '../logger.js';
import type { Cloud, CloudFacts, CloudOptions, CloudProvider, RentedInstance } from './cloud.js';
import { SharedList } from './sharedList.js';

/** Keys and settings of the user's accounts, by the name of their environment variable. */
export interface CloudSettings {
  get(name: string): Promise<string | undefined>;
}

/** One cloud that this version knows: its facts, and how its client is loaded. */
export interface CloudEntry {
  readonly id: string;
  readonly title: string;
  readonly facts: CloudFacts;
  load(): Promise<(options: CloudOptions) => Cloud>;
}

export interface LazyCloudOptions {
  readonly settings: CloudSettings;
  readonly logger: Logger;
  readonly timeScale: number;
}

/** A cloud whose client is loaded when it is first needed, and made anew when the key has changed. */
export class LazyCloud implements CloudProvider {
  readonly rents = true;
  readonly id: string;
  readonly title: string;
  readonly facts: CloudFacts;
  readonly #entry: CloudEntry;
  readonly #options: LazyCloudOptions;
  readonly #shared: SharedList;
  #open: { readonly madeWith: string; readonly cloud: Cloud } | undefined;
  /** Ids and names in the lists of a key. */
  #listed: { readonly keyMark: string; readonly names: Set<string> } = { keyMark: '', names: new Set() };

  constructor(entry: CloudEntry, options: LazyCloudOptions) {
    this.id = entry.id;
    this.title = entry.title;
    this.facts = entry.facts;
    this.#entry = entry;
    this.#options = options;
    const gapMs = entry.facts.listSeconds * 1000 * options.timeScale;
    this.#shared = new SharedList({
      title: entry.title,
      gapMs,
      list: (signal) => this.#list(signal),
    });
  }

  async hasKey(): Promise<boolean> {
    return (await this.#options.settings.get(this.facts.keyName)) !== undefined;
  }

  async open(): Promise<Cloud> {
    return this.openWith(await this.#key());
  }

  /** The client of a key that is not kept yet: to try it. */
  async openWith(key: string): Promise<Cloud> {
    const { logger, timeScale } = this.#options;
    const endpoint =
      (await this.#setting(`TRAINYARD_ENDPOINT_${this.id.toUpperCase()}`)) ?? this.facts.endpoint;
    const settings = await this.#settings();
    const madeWith = JSON.stringify([key, endpoint, settings]);
    if (this.#open?.madeWith === madeWith) return this.#open.cloud;
    const make = await this.#entry.load();
    // Somebody else may have been as fast: two clients would not keep their calls apart.
    if (this.#open?.madeWith === madeWith) return this.#open.cloud;
    const cloud = make({ key, endpoint: endpoint.replace(/\/+$/, ''), settings, logger, timeScale });
    this.#open = { madeWith, cloud };
    return cloud;
  }

  /**
   * Every machine of the account as it was at `since` (`performance.now()`) or later: one call a tick, however many ask.
   */
  async machines(since: number, signal: AbortSignal): Promise<readonly RentedInstance[]> {
    return (await this.#shared.get(since, signal)).machines;
  }

  async keyMark(): Promise<string> {
    return this.#markOf(await this.#key());
  }

  hasListed(name: string): boolean {
    return this.#listed.names.has(name);
  }

  async #list(signal: AbortSignal): Promise<readonly RentedInstance[]> {
    const key = await this.#key();
    const machines = await (await this.openWith(key)).list(signal);
    const keyMark = this.#markOf(key);
    if (this.#listed.keyMark !== keyMark) this.#listed = { keyMark, names: new Set() };
    for (const { id, name } of machines) this.#listed.names.add(id).add(name);
    return machines;
  }

  async #key(): Promise<string> {
    const key = await this.#options.settings.get(this.facts.keyName);
    if (key === undefined) throw this.#noKey();
    return key;
  }

  /** Too short to find the key by, long enough for the few keys of a person. */
  #markOf(key: string): string {
    return createHash('sha256').update(`trainyard ${this.id} ${key}`).digest('hex').slice(0, 8);
  }

  async #settings(): Promise<Record<string, string>> {
    const all = Object.entries(this.facts.settings).map(async ([name, { env }]) => {
      const value = await this.#setting(env);
      return value === undefined ? [] : [[name, value] as const];
    });
    return Object.fromEntries((await Promise.all(all)).flat());
  }

  #setting(name: string): Promise<string | undefined> {
    return this.#options.settings.get(name);
  }

  #noKey(): AuthError {
    const { keyName, keyHint } = this.facts;
    return new AuthError(`There is no key for ${this.title}. Set ${keyName}. ${keyHint}`);
  }
}
