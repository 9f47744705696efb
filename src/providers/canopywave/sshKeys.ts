import { labelPrefix, type Resource, type ResourceLedger } from '../cloud.js';
import type { CanopyWaveApi } from './api.js';
import { isNotFound, isRefusal } from './errors.js';
import { type Place, isAt, placeOf } from './machineId.js';

export interface KeyOrder {
  readonly place: Place;
  readonly keyName: string;
  /** A line of authorized_keys. */
  readonly publicKey: string;
}

/** Keys that are registered by name, in one project and region each. */
export class SshKeys {
  readonly #api: CanopyWaveApi;

  constructor(api: CanopyWaveApi) {
    this.#api = api;
  }

  /** Registers the key, unless it is there. @returns its name at CanopyWave */
  async register(
    { place, keyName, publicKey }: KeyOrder,
    ledger: ResourceLedger,
    signal: AbortSignal,
  ): Promise<string> {
    const name = nameIn(place, keyName);
    const row = keyRow(place, name);
    if (!ledger.rows.some((known) => known.kind === 'ssh-key' && known.name === name))
      await ledger.intend(row);
    await this.#ensure(place, name, publicKey, signal);
    if (!ledger.rows.some((known) => known.kind === 'ssh-key' && known.id === name))
      await ledger.made({ ...row, id: name });
    return name;
  }

  /** The keys of a place that bear our label or stand in the rows. */
  async ours(place: Place, rows: readonly Resource[], signal: AbortSignal): Promise<Resource[]> {
    const known = rows.filter((row) => row.kind === 'ssh-key' && isAt(row, place)).map(({ name }) => name);
    return (await this.#api.keys(place, signal))
      .filter(({ name }) => name.startsWith(labelPrefix) || known.includes(name))
      .map(({ name }) => ({ ...keyRow(place, name), id: name }));
  }

  /** Gone already is success. */
  async release(row: Resource, signal: AbortSignal): Promise<void> {
    await this.#delete(placeOf(row), row.name, signal);
  }

  async #ensure(place: Place, name: string, publicKey: string, signal: AbortSignal): Promise<void> {
    const there = await this.#find(place, name, signal);
    if (there !== undefined && isSameKey(there, publicKey)) return;
    // A name of ours that holds another key is from a job that is no more.
    if (there !== undefined) await this.#delete(place, name, signal);
    try {
      await this.#api.addKey(place, name, publicKey, signal);
    } catch (error) {
      // The first answer may have been lost, and the second one says that the name is taken.
      const made = isRefusal(error) ? await this.#find(place, name, signal) : undefined;
      if (made === undefined || !isSameKey(made, publicKey)) throw error;
    }
  }

  async #find(place: Place, name: string, signal: AbortSignal): Promise<string | undefined> {
    return (await this.#api.keys(place, signal)).find((key) => key.name === name)?.publicKey;
  }

  async #delete(place: Place, name: string, signal: AbortSignal): Promise<void> {
    try {
      await this.#api.deleteKey(name, place, signal);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}

/** A job that goes on in another region has a key in each; so the name tells the region, and each has a row of its own. */
function nameIn({ region }: Place, keyName: string): string {
  return `${keyName}-${region.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`;
}

function keyRow({ project, region }: Place, name: string): Resource {
  return { provider: 'canopywave', kind: 'ssh-key', name, id: null, details: { project, region } };
}

/** Type and key are the same, whatever comment follows. */
function isSameKey(a: string, b: string): boolean {
  const keyOf = (line: string): string => line.trim().split(/\s+/).slice(0, 2).join(' ');
  return keyOf(a) === keyOf(b);
}
