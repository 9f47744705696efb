import { createHash } from 'node:crypto';
import { labelPrefix, type Resource, type ResourceLedger } from '../cloud.js';
import type { LambdaApi } from './api.js';
import type { SshKey } from './answers.js';

/** The keys of the account, which are registered by name before a machine can be launched with one. */
export class SshKeys {
  readonly #api: LambdaApi;

  constructor(api: LambdaApi) {
    this.#api = api;
  }

  /**
   * Registers a key under a name of ours, unless it is registered already, under whatever name.
   * @param publicKey a line of authorized_keys
   * @returns the name to launch with
   */
  async register(
    keyName: string,
    publicKey: string,
    ledger: ResourceLedger,
    signal: AbortSignal,
  ): Promise<string> {
    const keys = await this.#api.sshKeys(signal);
    const name = keys.some((key) => isTakenBy(key, keyName, publicKey))
      ? `${keyName}-${shortHash(publicKey)}`
      : keyName;
    const there = keys.find((key) => isSameKey(key.public_key, publicKey));
    // What bears a name of the user's is the user's: it is used, and stays.
    if (there !== undefined && there.name !== name) return there.name;
    const row = ledger.rows.find((each) => isRowOf(each, name) && [null, there?.id].includes(each.id));
    if (row === undefined) await ledger.intend(rowOf(name, null));
    const { id } = there ?? (await this.#add(name, publicKey, signal));
    if (row?.id !== id) await ledger.made(rowOf(name, id));
    return name;
  }

  /** Those that bear our label or stand in the rows. */
  async ours(rows: readonly Resource[], signal: AbortSignal): Promise<Resource[]> {
    const keys = await this.#api.sshKeys(signal);
    return keys
      .filter(({ name }) => name.startsWith(labelPrefix) || rows.some((row) => isRowOf(row, name)))
      .map(({ name, id }) => rowOf(name, id));
  }

  /** Gone already is success. A key that was only intended is looked for by its name. */
  async release(row: Resource, signal: AbortSignal): Promise<void> {
    const keys = await this.#api.sshKeys(signal);
    const meant = keys.filter(({ id, name }) => (row.id === null ? name === row.name : id === row.id));
    for (const { id } of meant) await this.#api.deleteSshKey(id, signal);
  }

  async #add(name: string, publicKey: string, signal: AbortSignal): Promise<SshKey> {
    try {
      return await this.#api.addSshKey(name, publicKey, signal);
    } catch (error) {
      signal.throwIfAborted();
      // The key may be there all the same: its answer was lost, and the next try was told that the name is taken.
      const keys = await this.#api.sshKeys(signal);
      const made = keys.find((key) => key.name === name && isSameKey(key.public_key, publicKey));
      if (made === undefined) throw error;
      return made;
    }
  }
}

function rowOf(name: string, id: string | null): Resource {
  return { provider: 'lambda', kind: 'ssh-key', name, id, details: {} };
}

function isRowOf({ kind, name }: Resource, wanted: string): boolean {
  return kind === 'ssh-key' && name === wanted;
}

function isTakenBy(key: SshKey, name: string, publicKey: string): boolean {
  return key.name === name && !isSameKey(key.public_key, publicKey);
}

/** Type and key are the same, whatever comment follows. */
function isSameKey(a: string, b: string): boolean {
  return typeAndKey(a) === typeAndKey(b);
}

function typeAndKey(line: string): string {
  return line.trim().split(/\s+/).slice(0, 2).join(' ');
}

function shortHash(publicKey: string): string {
  return createHash('sha256').update(typeAndKey(publicKey)).digest('hex').slice(0, 8);
}
