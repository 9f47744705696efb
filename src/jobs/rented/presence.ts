import { AuthError } from '../../errors.js';
import type { CloudProvider, RentedInstance } from '../../providers/cloud.js';

/** A machine that was just made may be missing from lists for so long. Source: the slowest of the providers' pages. */
export const absentMs = 60_000;

/** A machine by its id, or one that was asked for by its label, and the mark of the key that did. */
export interface Sought {
  readonly name: string;
  readonly keyMark: string | null;
}

/** The machine of that id in a complete list; one that is over counts as absent. */
export function findById(machines: readonly RentedInstance[], id: string): RentedInstance | undefined {
  return machines.find((machine) => machine.id === id && machine.state !== 'gone');
}

/**
 * Whether a machine is absent from two complete lists, the second asked for after the first had come. A list that
 * cannot be had is an error: nobody concludes anything from it.
 * @throws {AuthError} it is absent, and the lists may be those of another account
 */
export async function isGone(provider: CloudProvider, sought: Sought, signal: AbortSignal): Promise<boolean> {
  for (let look = 0; look < 2; look += 1) {
    if (findById(await provider.machines(performance.now(), signal), sought.name)) return false;
  }
  await mustBeItsAccount(provider, sought);
  return true;
}

/**
 * What lists lack is gone only if they are of the account it was in: the key is the one it was rented with, or has
 * listed it before.
 * @throws {AuthError} nobody can say so
 */
export async function mustBeItsAccount(provider: CloudProvider, { name, keyMark }: Sought): Promise<void> {
  if (keyMark === null || provider.hasListed(name) || (await provider.keyMark()) === keyMark) return;
  const { title, facts } = provider;
  throw new AuthError(
    `The key of ${title} was changed after ${name} was rented, and the new one does not list it, so it may still run in another account. Give the key it was rented with; or look at ${facts.consoleUrl}, and when it is gone say "trainyard terminate ${name} --gone".`,
  );
}
