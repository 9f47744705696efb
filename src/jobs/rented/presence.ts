import type { CloudProvider, RentedInstance } from '../../providers/cloud.js';

/** A machine that was just made may be missing from lists for so long. Source: the slowest of the providers' pages. */
export const absentMs = 60_000;

/** The machine of that id in a complete list; one that is over counts as absent. */
export function findById(machines: readonly RentedInstance[], id: string): RentedInstance | undefined {
  return machines.find((machine) => machine.id === id && machine.state !== 'gone');
}

/**
 * Whether a machine is absent from two complete lists, the second asked for after the first had come. A list that
 * cannot be had is an error: nobody concludes anything from it.
 */
export async function isGone(provider: CloudProvider, id: string, signal: AbortSignal): Promise<boolean> {
  for (let look = 0; look < 2; look += 1) {
    if (findById(await provider.machines(performance.now(), signal), id)) return false;
  }
  return true;
}
