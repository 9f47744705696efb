import { isAbort, MachineError, messageOf, UserError } from '../errors.js';
import { isGpu } from '../providers/gpuNames.js';
import type { MachineFacts } from '../remote/agent.js';
import type { Gpu } from '../remote/machine.js';
import { askAgentAt, type Opening } from './agentAt.js';
import { hasMetal, refuseSmallDisk } from './estimate.js';
import type { Place } from './job.js';
import type { Load } from './offers/expectedCost.js';
import { asksForMachine, vramOf, type Wish } from './wish.js';

/** A machine of the user's own that was looked at. */
export interface Look {
  readonly place: Place;
  /** Absent when it does not answer, or not as it should. */
  readonly machine?: MachineFacts;
  readonly error?: UserError;
  /** Why it will not do, in a few words; `null` when it does. */
  readonly misfit: string | null;
}

/** What a person calls a machine of their own. */
export const whereOf = (place: Place): string => place.destination ?? 'this computer';

/** Looks at one machine after the other, up to the first that will do. @returns those looked at; the last may do */
export async function lookAtOwn(
  places: readonly Place[],
  wish: Wish,
  load: Load,
  opening: Opening,
  signal: AbortSignal,
): Promise<readonly Look[]> {
  const looks: Look[] = [];
  for (const place of places) {
    const look = await lookAt(place, wish, load, opening, signal);
    looks.push(look);
    if (look.misfit === null) break;
  }
  return looks;
}

async function lookAt(
  place: Place,
  wish: Wish,
  load: Load,
  opening: Opening,
  signal: AbortSignal,
): Promise<Look> {
  try {
    const machine = await askAgentAt(place, opening, (agent) => agent.probe(signal), signal);
    return { place, machine, misfit: misfitOf(place, machine, wish, load) };
  } catch (error) {
    if (isAbort(error) || !(error instanceof UserError)) throw error;
    return { place, error, misfit: messageOf(error) };
  }
}

function misfitOf(place: Place, machine: MachineFacts, wish: Wish, load: Load): string | null {
  const gpu = gpuMisfit(machine, wish, vramOf(wish, load.estimate));
  if (gpu !== null) return `it ${gpu}.`;
  try {
    refuseSmallDisk({ where: whereOf(place), ...load }, machine);
    return null;
  } catch (error) {
    if (error instanceof MachineError) return error.message;
    throw error;
  }
}

/** Why the GPUs of a machine are not what is wanted; `null` when they are, or when nobody wants any. */
export function gpuMisfit(machine: MachineFacts, wish: Wish, vramGb: number | null): string | null {
  if (!asksForMachine(wish) && vramGb === null) return null;
  const { gpu: models = [], gpus: count = 1 } = wish;
  const wanted = `${count > 1 ? `${count} GPUs` : 'GPU'}${vramGb === null ? '' : ` with ${vramGb} GB`}`;
  if (hasMetal(machine) && models.length === 0 && count === 1) {
    return machine.memoryBytes >= (vramGb ?? 0) * 1e9 ? null : `has no ${wanted}`;
  }
  const ofModel = machine.gpus.filter(
    ({ name }) => models.length === 0 || models.some((one) => isGpu(name, one)),
  );
  if (ofModel.length < count && models.length > 0) return `has no ${models.join(' or ')}`;
  return ofModel.filter((gpu) => isLarge(gpu, vramGb)).length < count ? `has no ${wanted}` : null;
}

/** One that does not tell its memory is believed to have enough: it is of a kind that shares it. */
const isLarge = ({ memoryBytes }: Gpu, vramGb: number | null): boolean =>
  vramGb === null || memoryBytes === null || memoryBytes >= vramGb * 1e9;
