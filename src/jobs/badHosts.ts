import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as v from 'valibot';
import { hasCode, messageOf } from '../errors.js';
import type { Logger } from '../logger.js';

/** Broken hardware is often in repair for a day. */
const rememberedMs = 24 * 3_600_000;
/** Where machines have no names, only the kind and the place can be avoided: the same one is served again in minutes. */
const avoidedMs = 3_600_000;
const mostWrites = 5;

const schema = v.array(
  v.object({
    provider: v.string(),
    hostKey: v.nullable(v.string()),
    region: v.nullable(v.string()),
    gpu: v.string(),
    why: v.string(),
    usd: v.number(),
    at: v.pipe(v.string(), v.isoTimestamp()),
  }),
);

/** A rented machine that could not be used. */
export type BadHost = Readonly<v.InferOutput<typeof schema>[number]>;

/** As much of an offer as says whether it may be the same machine. */
export type HostTraits = Pick<BadHost, 'provider' | 'hostKey' | 'region' | 'gpu'>;

/**
 * Machines that were no good, for a day, in a file that windows and the CLI share. Losing it costs a try, so nothing
 * here fails: a file that cannot be read or written is a line in the log.
 */
export class BadHosts {
  readonly #path: string;
  readonly #logger: Logger;
  readonly #now: () => number;
  /** What was added here: put back when another process has written over it. */
  #own: readonly BadHost[] = [];
  #writing: Promise<void> = Promise.resolve();

  /** @param now milliseconds since the epoch */
  constructor(path: string, logger: Logger, now: () => number = Date.now) {
    this.#path = path;
    this.#logger = logger;
    this.#now = now;
  }

  /** @param host `usd` is what the try has cost; `why` a sentence for people */
  add(host: Omit<BadHost, 'at'>): Promise<void> {
    this.#own = [...this.#own, { ...host, at: new Date(this.#now()).toISOString() }];
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  /** Those of the last day, oldest first. */
  async list(): Promise<readonly BadHost[]> {
    const oldest = this.#now() - rememberedMs;
    const known = new Map([...(await this.#read()), ...this.#own].map((host) => [identityOf(host), host]));
    return [...known.values()]
      .filter(({ at }) => Date.parse(at) > oldest)
      .sort((one, other) => Date.parse(one.at) - Date.parse(other.at));
  }

  /** Says of an offer whether it is, or may well be, one of them. */
  async recent(): Promise<(offer: HostTraits) => boolean> {
    const hosts = await this.list();
    const now = this.#now();
    return (offer) => hosts.some((host) => isSameHost(host, offer, now));
  }

  /** Another process may write at the same moment: then something is missing afterwards, and is written again. */
  async #write(): Promise<void> {
    const temporary = `${this.#path}.${process.pid}-${randomUUID()}.new`;
    try {
      await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
      for (let times = 0; times < mostWrites; times += 1) {
        const hosts = await this.list();
        await writeFile(temporary, `${JSON.stringify(hosts, null, 2)}\n`, { mode: 0o600 });
        await rename(temporary, this.#path);
        const written = new Set((await this.#read()).map(identityOf));
        if (hosts.every((host) => written.has(identityOf(host)))) return;
      }
    } catch (error) {
      this.#logger.warn(`bad hosts write ${this.#path} → ${messageOf(error)}`);
    }
  }

  async #read(): Promise<readonly BadHost[]> {
    try {
      return v.parse(schema, JSON.parse(await readFile(this.#path, 'utf8')));
    } catch (error) {
      if (!hasCode(error, 'ENOENT')) this.#logger.warn(`bad hosts read ${this.#path} → ${messageOf(error)}`);
      return [];
    }
  }
}

const identityOf = ({ provider, hostKey, region, gpu, why, usd, at }: BadHost): string =>
  JSON.stringify([provider, hostKey, region, gpu, why, usd, at]);

function isSameHost(host: BadHost, offer: HostTraits, now: number): boolean {
  if (host.provider !== offer.provider) return false;
  if (host.hostKey !== null) return host.hostKey === offer.hostKey;
  const isRecent = now - Date.parse(host.at) < avoidedMs;
  return isRecent && host.gpu === offer.gpu && host.region === offer.region;
}

/** US dollars that tries with them have cost. */
export function spentOnBad(hosts: readonly BadHost[]): number {
  return hosts.reduce((sum, { usd }) => sum + usd, 0);
}
