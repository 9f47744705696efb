import { InputError, NotFoundError, StillRunningError, messageOf } from '../../errors.js';
import type { RentedInstance } from '../../providers/cloud.js';
import type { LazyCloud } from '../../providers/clouds.js';
import { currentLaunch, type Job } from '../job.js';
import { parseLabel } from '../rented/label.js';
import { endMachine } from './endMachine.js';
import type { Sweeping } from './sweepAll.js';

export interface TerminatedMachine {
  readonly machine: RentedInstance;
  /** The unfinished job it belonged to: it is stopped, too. */
  readonly job: string | null;
}

/**
 * Ends one machine at once, whatever its job does; what was not collected is lost. The job is stopped first, so that it
 * does not rent another one.
 * @throws {NotFoundError} no provider lists it
 * @throws {InputError} it does not bear our label
 * @throws {StillRunningError} it is still there
 */
export async function terminateMachine(
  id: string,
  sweeping: Sweeping,
  signal: AbortSignal,
): Promise<TerminatedMachine> {
  const { cloud, machine } = await findMachine(id, sweeping.clouds, signal);
  if (!parseLabel(machine.name)) {
    throw new InputError(
      `${id} at ${cloud.title} was not made by Trainyard ("${machine.name}"), so it is left alone. End it at ${cloud.facts.consoleUrl}.`,
    );
  }
  const { jobs } = await sweeping.journals();
  const job = jobs.find((candidate) => isMachineOf(candidate, machine));
  if (job) await sweeping.requestStop(job.spec.id);
  try {
    await endMachine(cloud, machine.id, sweeping, signal);
  } catch (error) {
    signal.throwIfAborted();
    const price = `$${machine.usdPerHour.toFixed(2)} an hour`;
    throw new StillRunningError(
      `${machine.id} at ${cloud.title} may still be running (${price}): ${messageOf(error)}`,
      { cause: error },
    );
  }
  return { machine, job: job?.spec.id ?? null };
}

/** Whether it is the machine the job is on, or asks for now; not one it has left behind. */
function isMachineOf(job: Job, { provider, id, name }: RentedInstance): boolean {
  const { stage } = job;
  if (stage.state === 'launching') return currentLaunch(job)?.label === name;
  const current = 'instance' in stage ? stage.instance : null;
  return current?.provider === provider && current.id === id;
}

/** CanopyWave's ids go on with the place of the machine; the first part names it already. */
const isCalled = ({ id, name }: RentedInstance, text: string): boolean =>
  id === text || name === text || id.startsWith(`${text}/`);

/** By its id or its label, in every list; a list that cannot be had is told when it is found nowhere. */
async function findMachine(
  text: string,
  clouds: readonly LazyCloud[],
  signal: AbortSignal,
): Promise<{ cloud: LazyCloud; machine: RentedInstance }> {
  const failures: string[] = [];
  const found: { cloud: LazyCloud; machine: RentedInstance }[] = [];
  for (const cloud of clouds) {
    try {
      const machines = await cloud.machines(performance.now(), signal);
      const machine = machines.find((candidate) => candidate.state !== 'gone' && isCalled(candidate, text));
      if (machine) found.push({ cloud, machine });
    } catch (error) {
      signal.throwIfAborted();
      failures.push(messageOf(error));
    }
  }
  const [first, second] = found;
  if (second) throw new InputError(`Several providers have a machine ${text}. Use its label.`);
  if (first) return first;
  if (failures.length > 0) {
    throw new StillRunningError(`Nobody knows whether ${text} is still running: ${failures.join(' ')}`);
  }
  throw new NotFoundError(`There is no machine ${text}. "trainyard instances" lists them.`);
}
