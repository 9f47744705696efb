import { delay } from '../../delay.js';
import { ConnectionError, UserError, messageOf } from '../../errors.js';
import type { Cloud, CloudProvider, RentedInstance, ResourceLedger } from '../../providers/cloud.js';
import type { JobFolder } from '../../home.js';
import { ensureKey } from '../../remote/ssh/newKey.js';
import { currentLaunch, type InstanceRef, type Job } from '../job.js';
import type { Machine } from '../machine.js';
import { JournalLedger, type Note } from './journalLedger.js';
import { absentMs, findById, mustBeItsAccount } from './presence.js';
import { jobName } from './label.js';

export interface Boot {
  readonly job: Job;
  readonly folder: JobFolder;
  readonly provider: CloudProvider;
  readonly machine: Machine;
  readonly instance: InstanceRef;
  readonly label: string;
  readonly mark: string;
  readonly note: Note;
  readonly show: (message: string) => void;
  readonly timeScale: number;
  /** When the machine was asked for; milliseconds since the epoch. */
  readonly since: number;
}

/** The machine will not do, and why: another one is taken. */
export class UnusableMachine extends Error {
  /** Its line was too slow, too, which may be the fault of this computer's. */
  readonly isLineSlow: boolean;

  constructor(why: string, isLineSlow = false) {
    super(why);
    this.isLineSlow = isLineSlow;
  }
}

const betweenLooksMs = 5_000;

/**
 * Waits until an SSH server answers on a machine that was rented: the provider calls it running, it has an address, a
 * banner came. Polls with the shared list.
 * @throws {UnusableMachine} it will not, or takes longer than its provider's machines do
 */
export async function waitUntilAnswering(boot: Boot, signal: AbortSignal): Promise<RentedInstance> {
  const { provider, instance, show, timeScale, since } = boot;
  const { bootMinutes, bannerMinutes } = provider.facts;
  const keyMark = currentLaunch(boot.job)?.keyMark ?? null;
  const cloud = await provider.open();
  // One for all looks: what the first has made, the next must know.
  const ledger = new JournalLedger(provider.id, boot.job, boot.note);
  let runningSince: number | undefined;
  for (;;) {
    const now = Date.now();
    const seen = findById(await provider.machines(performance.now(), signal), instance.id);
    const isOverdue = now - since > absentMs * timeScale;
    if (!seen && isOverdue) await mustBeItsAccount(provider, { name: instance.id, keyMark });
    refuseUnusable(seen, isOverdue);
    if (seen?.state === 'running') {
      runningSince ??= now;
      show('Waiting for the machine to answer');
      if (await answers(boot, cloud, ledger, seen, signal)) return seen;
      if (now - runningSince > bannerMinutes * 60_000 * timeScale) {
        throw new UnusableMachine(`its SSH server did not answer within ${bannerMinutes} minutes`);
      }
    } else {
      runningSince = undefined;
      show(`Waiting for the machine to start (${seen?.stateWord ?? 'not in the list yet'})`);
      if (now - since > bootMinutes * 60_000 * timeScale) {
        throw new UnusableMachine(`it did not start within ${bootMinutes} minutes`);
      }
    }
    await delay(betweenLooksMs * timeScale, signal);
  }
}

function refuseUnusable(seen: RentedInstance | undefined, overdue: boolean): void {
  if (!seen) {
    if (overdue) throw new UnusableMachine('it is not in the list of machines');
    return;
  }
  const why = seen.problem ?? seen.stateWord;
  switch (seen.state) {
    case 'failed':
      throw new UnusableMachine(`its provider could not start it (${why})`);
    case 'stopped':
    case 'interrupted':
    case 'terminating':
      throw new UnusableMachine(`it was taken back before it was used (${why})`);
    case 'gone':
      throw new UnusableMachine('it is gone already');
    case 'starting':
    case 'running':
    case 'unknown':
      return;
    default:
      seen.state satisfies never;
  }
}

async function answers(
  boot: Boot,
  cloud: Cloud,
  ledger: ResourceLedger,
  seen: RentedInstance,
  signal: AbortSignal,
): Promise<boolean> {
  const { provider, machine, job, folder, label, mark } = boot;
  try {
    if (cloud.expose) {
      const request = { publicKey: await ensureKey(folder.key), keyName: jobName(mark, job.spec.id), label };
      await cloud.expose(seen, request, ledger, signal);
    }
    await machine.endpoint(provider, seen.id, signal);
    return true;
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof ConnectionError) && error instanceof UserError) throw error;
    boot.show(`Waiting for the machine to answer (${messageOf(error)})`);
    return false;
  }
}
