import type { JobFolder } from '../../home.js';
import type { Agent } from '../../remote/agent.js';
import { syncFolder } from '../../remote/transfer/sync.js';
import { mirroredCheckpoints } from '../mirroredCheckpoints.js';
import type { StepContext } from '../steps/step.js';

/**
 * Brings the newest checkpoint that is here to a machine that has none, so that a training whose machine was lost goes
 * on from there.
 */
export async function restoreCheckpoint(
  { job, folder, home, machine, runtime, logger, show }: StepContext,
  agent: Agent,
  signal: AbortSignal,
): Promise<void> {
  if (job.spec.rent === null || job.attempt === 1) return;
  const here = await newestMirrored(folder);
  if (here === undefined || (await agent.checkpoints(job.spec.id, signal)).length > 0) return;
  show('Sending the newest checkpoint');
  const there = `${agent.root}/runs/${job.spec.id}/output/checkpoints`;
  const source = { folder: here, cacheDir: home.cache };
  const { bytes } = await syncFolder(await machine.host(signal), runtime, source, there, { logger }, signal);
  logger.info(`job ${job.spec.id} checkpoint → machine (${bytes} bytes)`);
}

/** The folder that holds the newest checkpoint here. */
export async function newestMirrored(folder: JobFolder): Promise<string | undefined> {
  return (await mirroredCheckpoints(folder)).at(-1)?.path;
}
