import { delay } from '../../delay.js';
import type { CloudProvider, RentedInstance } from '../../providers/cloud.js';
import type { Launch } from '../job.js';
import { mustBeItsAccount } from './presence.js';

/** A machine whose creation was doubtful has shown up in every list by then. Source: the slowest lists of the providers' pages. */
export const settleMs = 20_000;
const lookAgainMs = 5_000;

/**
 * Looks for a machine that may have been made, by its label: in complete lists, at least twice, until lists have
 * settled. `undefined`: it was not made.
 * @throws {AuthError} it is not there, and the lists may be those of another account
 */
export async function findByLabel(
  provider: CloudProvider,
  { label, keyMark }: Pick<Launch, 'label' | 'keyMark'>,
  { timeScale }: { readonly timeScale: number },
  signal: AbortSignal,
): Promise<RentedInstance | undefined> {
  const until = performance.now() + settleMs * timeScale;
  for (let looks = 1; ; looks += 1) {
    const machines = await provider.machines(performance.now(), signal);
    const found = machines.find(({ name, state }) => name === label && state !== 'gone');
    if (found) return found;
    if (looks >= 2 && performance.now() >= until) break;
    await delay(lookAgainMs * timeScale, signal);
  }
  await mustBeItsAccount(provider, { name: label, keyMark });
  return undefined;
}
