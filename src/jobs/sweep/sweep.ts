import { setMaxListeners } from 'node:events';
import { AuthError, messageOf } from '../../errors.js';
import type { CloudProvider, RentedInstance, Resource } from '../../providers/cloud.js';
import { openRentals, type Job } from '../job.js';
import type { DriveResult } from '../runner.js';
import { endMachine } from './endMachine.js';
import { isLeaked, verdictOn, type Journals, type Known } from './verdict.js';

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

export interface SweepRequest extends Pick<Known, 'mark' | 'graceSeconds'> {
  readonly clouds: readonly CloudProvider[];
  readonly dryRun: boolean;
  /** Factor on waits; 1 but in tests. */
  readonly timeScale: number;
  /** Told of each finding as soon as it is made. */
  readonly onFinding: (finding: Finding) => void;
  /**
   * What the journals say now. Asked anew after every list: a machine that is in the list was written down before it
   * was asked for, so it is then known, whoever has rented it meanwhile.
   */
  readonly journals: () => Promise<Journals>;
  /** Why an unfinished job needs somebody: it hangs, or its results wait. `null`: it is well. */
  readonly needsFinishing: (job: Job, signal: AbortSignal) => Promise<string | null>;
  /** Stops a job if it hangs, and drives it to its end: results home, machine gone. */
  readonly finish: (job: Job, signal: AbortSignal) => Promise<DriveResult>;
}

/**
 * Compares what every provider lists with what the journals know, and ends what should not be there: machines of ended
 * jobs or of none, machines past their deadline, leaked keys and addresses; jobs that hang are brought to their end.
 */
export async function sweep(request: SweepRequest, until: AbortSignal): Promise<readonly Finding[]> {
  const signal = AbortSignal.any([until]);
  // As many wait with it at once as there are jobs and machines.
  setMaxListeners(0, signal);
  const findings: Finding[] = [];
  const tell = (finding: Finding): void => {
    findings.push(finding);
    request.onFinding(finding);
  };
  const { jobs } = await request.journals();
  for (const finding of unknowable(jobs, request.clouds)) tell(finding);
  await Promise.all(jobs.map((job) => finishIfNeeded(job, request, tell, signal)));
  await Promise.all(request.clouds.map((cloud) => sweepCloud(cloud, request, tell, signal)));
  if (!request.dryRun) await endJobsWithout(findings, request, tell, signal);
  return findings;
}

type Tell = (finding: Finding) => void;

/** Without a key nobody knows what runs there, which is not nothing. */
function unknowable(jobs: readonly Job[], clouds: readonly CloudProvider[]): Finding[] {
  const rented = jobs.flatMap((job) => (job.stage.state === 'ended' ? [] : openRentals(job)));
  const providers = new Set(rented.map(({ provider }) => provider));
  return [...providers]
    .filter((provider) => !clouds.some(({ id }) => id === provider))
    .map((provider) => {
      const why = 'a job has a machine there, and there is no key for it';
      return { kind: 'provider', provider, action: 'failed', why, isKey: true };
    });
}

async function finishIfNeeded(
  job: Job,
  request: SweepRequest,
  tell: Tell,
  signal: AbortSignal,
): Promise<void> {
  if (job.stage.state === 'ended' || job.spec.rent === null) return;
  const found = { kind: 'job', job: job.spec.id } as const;
  try {
    const why = await request.needsFinishing(job, signal);
    if (why === null) return;
    if (request.dryRun) tell({ ...found, action: 'would-finish', why });
    // Somebody has begun to drive it: then it is well.
    else if ((await request.finish(job, signal)) === 'ended') tell({ ...found, action: 'finished', why });
  } catch (error) {
    signal.throwIfAborted();
    tell({ ...found, action: 'failed', why: messageOf(error) });
  }
}

/** A job whose machine was ended here learns it now, and lets go of the rest. */
async function endJobsWithout(
  findings: readonly Finding[],
  { journals, finish }: SweepRequest,
  tell: Tell,
  signal: AbortSignal,
): Promise<void> {
  const ended = findings.flatMap((finding) =>
    finding.kind === 'machine' && finding.action === 'ended' ? [finding.machine] : [],
  );
  const { jobs } = await journals();
  await Promise.all(
    jobs.map(async (job) => {
      const instance = 'instance' in job.stage ? job.stage.instance : null;
      if (!ended.some(({ provider, id }) => provider === instance?.provider && id === instance.id)) return;
      try {
        await finish(job, signal);
      } catch (error) {
        signal.throwIfAborted();
        tell({ kind: 'job', job: job.spec.id, action: 'failed', why: messageOf(error) });
      }
    }),
  );
}

async function sweepCloud(
  provider: CloudProvider,
  request: SweepRequest,
  tell: Tell,
  signal: AbortSignal,
): Promise<void> {
  try {
    const machines = await provider.machines(performance.now(), signal);
    const known = await know(request);
    await Promise.all(
      machines
        .filter(({ state }) => state !== 'gone')
        .map(async (machine) => tell(await sweepMachine(machine, provider, request, known, signal))),
    );
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

async function know({ journals, mark, graceSeconds }: SweepRequest): Promise<Known> {
  return { ...(await journals()), mark, graceSeconds, now: Date.now() / 1000 };
}

async function sweepMachine(
  machine: RentedInstance,
  provider: CloudProvider,
  request: SweepRequest,
  known: Known,
  signal: AbortSignal,
): Promise<Finding> {
  const found = { kind: 'machine', machine } as const;
  const verdict = verdictOn(machine, known);
  if (verdict.kind === 'not-ours') return { ...found, action: 'not-ours', why: 'it does not bear our label' };
  if (verdict.kind === 'keep') return { ...found, action: 'kept', why: verdict.why };
  if (request.dryRun) return { ...found, action: 'would-end', why: verdict.why };
  try {
    await endMachine(provider, machine.id, request, signal);
    return { ...found, action: 'ended', why: verdict.why };
  } catch (error) {
    signal.throwIfAborted();
    return { ...found, action: 'failed', why: `${verdict.why}; ${messageOf(error)}` };
  }
}

async function sweepResources(
  provider: CloudProvider,
  request: SweepRequest,
  tell: Tell,
  signal: AbortSignal,
): Promise<void> {
  const cloud = await provider.open();
  const { jobs } = await request.journals();
  const rows = jobs.flatMap((job) => job.resources.filter((row) => row.provider === provider.id));
  const resources = (await cloud.resources?.(rows, signal)) ?? [];
  const known = await know(request);
  for (const resource of resources) {
    if (!isLeaked(resource, known)) continue;
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
