import type { CloudProvider } from '../providers/cloud.js';
import { problem, type Problem } from '../recipes/datasets/problem.js';
import type { MachineFacts } from '../remote/agent.js';
import { findDeal, type Deal } from './deal.js';
import { gpuProblems, refuseSmallDisk } from './estimate.js';
import type { Limits, Place } from './job.js';
import type { Load } from './offers/expectedCost.js';
import { lookAtOwn, whereOf, type Look } from './ownMachine.js';
import { formatPlace, type Where } from './place.js';
import type { Planning } from './planning.js';
import { asksForMachine, type Wish } from './wish.js';

/** Where a job may run, and what the machine must be like. */
export interface MachineWish {
  /** As it was named; nothing: wherever it fits. */
  readonly where: Where;
  readonly wish: Wish;
  readonly offerId: string | undefined;
  readonly yes: boolean;
}

/** The machine that was chosen: one of the user's own that was looked at, or one to rent. */
export interface MachineChoice {
  readonly place: Place;
  readonly machine: MachineFacts | null;
  readonly deal: Deal | null;
  readonly problems: readonly Problem[];
}

const thisComputer: Place = { provider: 'local', destination: null, identityFiles: [] };

/**
 * Which machine a job gets.
 * - Nothing is named and no GPU asked for: this computer.
 * - A GPU or a price is asked for: this computer when it has the GPU, else the cheapest offer of all clouds with a key.
 * - Places are named: the first machine of the user's own that answers and has what is needed, else the cheapest offer
 *   of the clouds that are named. With own machines alone, one that lacks the GPU is taken with a warning.
 */
export async function chooseMachine(
  machineWish: MachineWish,
  limits: Pick<Limits, 'hours' | 'budgetUsd'>,
  load: Load,
  planning: Planning,
  signal: AbortSignal,
): Promise<MachineChoice> {
  const { wish, offerId, yes } = machineWish;
  const { own, clouds, isNamed } = candidates(machineWish, planning.providers.clouds);
  const looks = await lookAtOwn(own, wish, load, planning, signal);
  const last = looks.at(-1);
  if (clouds.length === 0) return ofOwn(looks, load);
  if (last?.misfit === null) return ofOwn([last], load);
  const { hours, budgetUsd } = limits;
  const deal = await findDeal(
    { wish, clouds, isNamed, offerId, yes, hours, budgetUsd },
    load,
    planning,
    signal,
  );
  return {
    place: { provider: deal.offer.provider, destination: null, identityFiles: [] },
    machine: null,
    deal,
    problems: [...(isNamed ? passedOver(looks) : []), ...deal.problems],
  };
}

interface Candidates {
  readonly own: readonly Place[];
  readonly clouds: readonly CloudProvider[];
  readonly isNamed: boolean;
}

function candidates({ where, wish, offerId }: MachineWish, all: readonly CloudProvider[]): Candidates {
  const isNamed = where.own.length + where.clouds.length > 0;
  const isCloudNamed = where.clouds.length > 0;
  if (offerId !== undefined)
    return { own: [], clouds: isCloudNamed ? where.clouds : all, isNamed: isCloudNamed };
  if (isNamed) return { ...where, isNamed };
  return { own: [thisComputer], clouds: asksForMachine(wish) ? all : [], isNamed };
}

/** The first that will do, else the first that answers, which is warned of. */
function ofOwn(looks: readonly Look[], load: Load): MachineChoice {
  const chosen =
    looks.find(({ misfit }) => misfit === null) ?? looks.find(({ machine }) => machine) ?? looks[0];
  if (!chosen?.machine) throw chosen?.error ?? new Error('No machine was looked at.');
  const { place, machine } = chosen;
  const need = { where: whereOf(place), ...load };
  refuseSmallDisk(need, machine);
  const before = looks.slice(0, looks.indexOf(chosen));
  return { place, machine, deal: null, problems: [...passedOver(before), ...gpuProblems(need, machine)] };
}

function passedOver(looks: readonly Look[]): Problem[] {
  return looks.map(({ place, misfit }) =>
    problem('warning', 'machine.passed-over', `${formatPlace(place)} was passed over: ${misfit ?? ''}`),
  );
}
