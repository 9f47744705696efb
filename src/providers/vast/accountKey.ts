import { AccountError } from '../../errors.js';
import { labelPrefix, type RentRequest, type Resource, type ResourceLedger } from '../cloud.js';
import type { VastKey } from './answers.js';
import type { VastApi } from './api.js';
import { Refusal } from './refusal.js';

/**
 * Sees to it that the account has an SSH key, without which machines come up closed or not at all. Where there is one
 * already ours is not added: it would open machines of the user that are none of our business. The job's own key
 * reaches its machine in two other ways, by the start script and attached to it.
 * @throws {AccountError} it has none, and this API key may not add one
 */
export async function ensureAccountKey(
  api: VastApi,
  { publicKey, keyName }: Pick<RentRequest, 'publicKey' | 'keyName'>,
  ledger: ResourceLedger,
  signal: AbortSignal,
): Promise<void> {
  if ((await api.accountKeys(signal)).length > 0) return;
  // Keys have no name at Vast.ai but the comment of their line.
  const line = `${publicKey} ${keyName}`;
  const resource = toResource(keyName, null, line);
  await ledger.intend(resource);
  await ledger.made({ ...resource, id: await add(api, line, signal) });
}

/** Keys of the account that bear our prefix or are in the rows. */
export async function accountResources(
  api: VastApi,
  rows: readonly Resource[],
  signal: AbortSignal,
): Promise<Resource[]> {
  const keys = await api.accountKeys(signal);
  return keys.flatMap((key) => {
    const row = rows.find((each) => isKeyOf(each, key));
    if (row !== undefined) return [{ ...row, id: key.id }];
    const [, , name = ''] = key.line.split(/\s+/);
    return name.startsWith(labelPrefix) ? [toResource(name, key.id, key.line)] : [];
  });
}

/** Removes a key from the account, also one that was added twice because an answer was lost. */
export async function releaseAccountKey(
  api: VastApi,
  resource: Resource,
  signal: AbortSignal,
): Promise<void> {
  const keys = await api.accountKeys(signal);
  for (const key of keys.filter((each) => isKeyOf(resource, each)))
    await api.removeAccountKey(key.id, signal);
}

/** Whether a key is the one of that line, whatever comment it bears. */
export function isSameKey(key: VastKey, line: string): boolean {
  return bare(key.line) === bare(line);
}

async function add(api: VastApi, line: string, signal: AbortSignal): Promise<string | null> {
  try {
    return await api.addAccountKey(line, signal);
  } catch (error) {
    if (!(error instanceof Refusal) || error.isOfKey) throw error;
    // Refused because it is there: an answer before this one was lost.
    const known = (await api.accountKeys(signal)).find((key) => isSameKey(key, line));
    if (known !== undefined) return known.id;
    throw new AccountError(
      `Your Vast.ai account has no SSH key, and Trainyard may not add one ("${error.words}"). ` +
        'Add one at https://cloud.vast.ai/manage-keys/ (SSH Keys), any will do.',
      { cause: error },
    );
  }
}

function isKeyOf({ id, details }: Resource, key: VastKey): boolean {
  return id === key.id || (details.publicKey !== undefined && isSameKey(key, details.publicKey));
}

function toResource(name: string, id: string | null, publicKey: string): Resource {
  return { provider: 'vast', kind: 'ssh-key', name, id, details: { publicKey } };
}

/** `ssh-ed25519 AAAA…` of a line of authorized_keys. */
function bare(line: string): string {
  return line.trim().split(/\s+/).slice(0, 2).join(' ');
}
