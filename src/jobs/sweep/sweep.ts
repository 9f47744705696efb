import { AuthError, messageOf } from '../../errors.js';
import type { CloudProvider, RentedInstance, Resource } from '../../providers/cloud.js';
import type { Job } from '../job.js';
import { isGone } from '../rented/presence.js';
import { isLeaked, verdictOn, type Known } from './verdict.js';

/** One thing a sweep looked at. */
export type Finding =
  | {
      readonly kind: 'machine';
      readonly machine: RentedInstance;
      readonly action: 'ended' | 'would-end' | 'kept' | 'not-ours' | 'failed';
      readonly why: string;
    }
  | {
      readonly kind: 'resource';
      readonly resource: Resource;
      readonly action: 'released' | 'would-release' | 'failed';
      readonly why: string;
    }
  /** A job that somebody must drive to its end; see {@link SweepRequest.finish}. */
  | {
      readonly kind: 'job';
      readonly job: string;
      readonly action: 'finished' | 'would-finish' | 'failed';
      readonly why: string;
    }
  /** The list of a provider could not be had: nothing is known, which is not nothing to clean up. */
  | {
      readonly kind: 'provider';
      readonly provider: string;
      readonly action: 'failed';
      readonly why: string;
      readonly isKey: boolean;
    };

export interface SweepRequest extends Known {
  readonly clouds: readonly CloudProvider[];
  readonly dryRun: boolean;
  /** Told of each finding as soon as it is made. */
  readonly onFinding: (finding: Finding) => void;
  /** Why an unfinished job needs somebody: it hangs, or its results wait. `null`: it is well. */
  readonly needsFinishing: (job: Job, signal: AbortSignal) => Promise<string | null>;
  /** Stops a job if it hangs, and drives it to its end: results home, machine gone. */
  readonly finish: (job: Job, signal: AbortSignal) => Promise<void>;
}

/** How often the end of a machine is looked for before it counts as not ended. */
const looksForEnd = 5;

/**
 * Compares what every provider lists with what the journals know, and ends what should not be there: machines of ended
 * jobs or of none, machines past their deadline, leaked keys and addresses; jobs that hang are brought to their end.
 */
export async function sweep(request: SweepRequest, signal: AbortSignal): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const tell = (finding: Finding): void => {
    findings.push(finding);
    request.onFinding(finding);
  };
  await finishJobs(request, tell, signal);
  await Promise.all(request.clouds.map((cloud) => sweepCloud(cloud, request, tell, signal)));
  await endJobsWithout(findings, request, signal);
  return findings;
}

type Tell = (finding: Finding) => void;

async function finishJobs(request: SweepRequest, tell: Tell, signal: AbortSignal): Promise<void> {
  for (const job of request.jobs) {
    if (job.stage.state === 'ended' || job.spec.rent === null) continue;
    const found = { kind: 'job', job: job.spec.id } as const;
    try {
      const why = await request.needsFinishing(job, signal);
      if (why === null) continue;
      if (!request.dryRun) await request.finish(job, signal);
      tell({ ...found, action: request.dryRun ? 'would-finish' : 'finished', why });
    } catch (error) {
      signal.throwIfAborted();
      tell({ ...found, action: 'failed', why: messageOf(error) });
    }
  }
}

/** A job whose machine was ended here learns it now, and lets go of the rest. */
async function endJobsWithout(
  findings: readonly Finding[],
  { jobs, finish, dryRun }: SweepRequest,
  signal: AbortSignal,
): Promise<void> {
  if (dryRun) return;
  const ended = findings.flatMap((finding) =>
    finding.kind === 'machine' && finding.action === 'ended' ? [finding.machine] : [],
  );
  for (const job of jobs) {
    const { stage } = job;
    if (!('instance' in stage) || stage.instance === null) continue;
    const { provider, id } = stage.instance;
    if (ended.some((machine) => machine.provider === provider && machine.id === id))
      await finish(job, signal);
  }
}

async function sweepCloud(
  provider: CloudProvider,
  request: SweepRequest,
  tell: Tell,
  signal: AbortSignal,
): Promise<void> {
  try {
    for (const machine of await provider.machines(performance.now(), signal)) {
      if (machine.state !== 'gone') tell(await sweepMachine(machine, provider, request, signal));
    }
    await sweepResources(provider, request, tell, signal);
  } catch (error) {
    signal.throwIfAborted();
    const why = messageOf(error);
    tell({
      kind: 'provider',
      provider: provider.id,
      action: 'failed',
      why,
      isKey: error instanceof AuthError,
    });
  }
}

async function sweepMachine(
  machine: RentedInstance,
  provider: CloudProvider,
  request: SweepRequest,
  signal: AbortSignal,
): Promise<Finding> {
  const found = { kind: 'machine', machine } as const;
  const verdict = verdictOn(machine, request);
  if (verdict.kind === 'not-ours') return { ...found, action: 'not-ours', why: 'it does not bear our label' };
  if (verdict.kind === 'keep') return { ...found, action: 'kept', why: verdict.why };
  if (request.dryRun) return { ...found, action: 'would-end', why: verdict.why };
  try {
    await endMachine(provider, machine.id, signal);
    return { ...found, action: 'ended', why: verdict.why };
  } catch (error) {
    signal.throwIfAborted();
    return { ...found, action: 'failed', why: `${verdict.why}; ${messageOf(error)}` };
  }
}

/** Ends a machine and waits until complete lists do not have it any more. @throws {Error} it is still there */
export async function endMachine(provider: CloudProvider, id: string, signal: AbortSignal): Promise<void> {
  const cloud = await provider.open();
  for (let look = 1; ; look += 1) {
    await cloud.terminate(id, signal);
    if (await isGone(provider, id, signal)) return;
    if (look === looksForEnd) {
      throw new Error(`${provider.title} still lists ${id}: end it at ${cloud.consoleUrl(id)}.`);
    }
  }
}

async function sweepResources(
  provider: CloudProvider,
  request: SweepRequest,
  tell: Tell,
  signal: AbortSignal,
): Promise<void> {
  const cloud = await provider.open();
  const rows = request.jobs.flatMap((job) => job.resources.filter((row) => row.provider === provider.id));
  for (const resource of (await cloud.resources?.(rows, signal)) ?? []) {
    if (!isLeaked(resource, request)) continue;
    const found = { kind: 'resource', resource, why: 'its job has ended' } as const;
    if (request.dryRun) {
      tell({ ...found, action: 'would-release' });
      continue;
    }
    try {
      await cloud.release?.(resource, signal);
      tell({ ...found, action: 'released' });
    } catch (error) {
      signal.throwIfAborted();
      tell({ ...found, action: 'failed', why: messageOf(error) });
    }
  }
}
