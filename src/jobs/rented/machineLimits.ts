import type { Agent } from '../../remote/agent.js';
import { downloadReserveHours } from '../budget.js';
import { currentLaunch, type Job } from '../job.js';
import type { StepContext } from '../steps/step.js';
import { selfEndOf } from './guard.js';

/** When a training on a rented machine must be over, by the machine's clock in Unix seconds; `null` for one's own. */
export interface MachineLimits {
  readonly endsAt: number | null;
}

/**
 * Puts the watchdog on guard with the deadline that holds now. Safe to repeat: after every connect, and when the job
 * was extended. Where a machine cannot end itself, only the training's own end is known.
 */
export async function keepMachineLimits(
  {
    job,
    provider,
    runtime,
    renting,
    logger,
  }: Pick<StepContext, 'job' | 'provider' | 'runtime' | 'renting' | 'logger'>,
  agent: Agent,
  signal: AbortSignal,
): Promise<MachineLimits> {
  const launch = currentLaunch(job);
  if (!provider.rents || !launch || !('instance' in job.stage) || !job.stage.instance)
    return { endsAt: null };
  const cloud = await provider.open();
  const target = { label: launch.label, instanceId: job.stage.instance.id };
  const end = selfEndOf(cloud, await renting.mayHoldKey(provider.id), target);
  if (!end) return { endsAt: launch.endsAt };
  const { missing, skewSeconds } = await agent.guard(
    {
      deadline: launch.deadline,
      keepMinutes: job.spec.limits.keepMinutes,
      end: { attempts: end.attempts },
      secrets: end.secrets,
      source: await runtime.read('watchdog.py'),
    },
    signal,
  );
  if (missing.length > 0) {
    logger.warn(
      `job ${job.spec.id} watchdog → cannot end the machine: ${missing.join(', ')} are not known there`,
    );
  }
  return { endsAt: launch.endsAt + skewSeconds };
}

/** The same while a training runs: it learns its new end, too. */
async function moveMachineLimits(
  context: Parameters<typeof keepMachineLimits>[0],
  agent: Agent,
  signal: AbortSignal,
): Promise<void> {
  const { endsAt } = await keepMachineLimits(context, agent, signal);
  if (endsAt !== null) await agent.moveEnd(context.job.spec.id, endsAt, signal);
}

/** What an extension means for the machine: the time of the training, and of a rented machine its end. */
export async function passOnExtension(
  context: Parameters<typeof keepMachineLimits>[0],
  agent: Agent,
  signal: AbortSignal,
): Promise<void> {
  const { job } = context;
  if (job.spec.rent !== null) await moveMachineLimits(context, agent, signal);
  if (job.hours !== null && job.hours !== job.spec.limits.hours) {
    await agent.extend(job.spec.id, job.hours, signal);
  }
}

/** So long before its end a training is warned and asked for a checkpoint: as long as the results are given. */
export function warnSecondsOf(job: Job): number {
  const launch = currentLaunch(job);
  if (!launch) return 0;
  const hours = job.hours ?? (launch.deadline - Date.parse(job.spec.created) / 1000) / 3600;
  return downloadReserveHours(hours) * 3600;
}
