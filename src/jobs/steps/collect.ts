import { readLog } from '../logReading.js';
import { explainEnd } from '../explainEnd.js';
import { fetchResults } from '../results.js';
import type { Disposable } from '../../disposable.js';
import { messageOf } from '../../errors.js';
import { Poller } from '../../poller.js';
import { mirrorNewestCheckpoint } from '../checkpointMirror.js';
import type { NewEvent, TrainingEnd } from '../job.js';
import type { Step, StepContext } from './step.js';

const attendMs = 20_000;

/** Model and what belongs to it, verified, under a name that never overwrites; and why the training ended. */
export const collect: Step<'collecting'> = async ({ training }, context, signal) => {
  context.show('Collecting the results');
  const attending = attend(context, signal);
  try {
    return await collectAll(training, context, signal);
  } finally {
    attending.dispose();
  }
};

/** A rented machine waits only so long for somebody to come: tells it that somebody is here. */
function attend({ job, machine, logger }: StepContext, signal: AbortSignal): Disposable {
  const poller = new Poller(attendMs, async () => {
    await (await machine.agent(signal)).attend(signal).catch((error: unknown) => {
      logger.warn(`job ${job.spec.id} attend → ${messageOf(error)}`);
    });
  });
  if (job.spec.rent !== null) poller.start();
  return poller;
}

async function collectAll(
  training: TrainingEnd,
  context: StepContext,
  signal: AbortSignal,
): Promise<NewEvent> {
  const { job, folder, machine, runtime, show } = context;
  const { results, summary } = await readLog(folder.log, job.spec.recipe, training, signal);
  const files = await fetchResults(
    {
      jobId: job.spec.id,
      recipe: job.spec.recipe,
      declared: results,
      to: job.spec.results.to,
      // The same name after a crash: a repeated collection finds its own file.
      time: new Date(job.timeline.at(-1)?.since ?? job.spec.created),
      agent: await machine.agent(signal),
      host: await machine.host(signal),
      runtime,
      onProgress: (name, fraction) => show(`Collecting ${name}`, fraction),
    },
    signal,
  );
  if (job.spec.rent !== null) await keepCheckpoint(context, signal);
  return { type: 'collected', files, ...explainEnd(training, summary, files) };
}

/** The machine is about to go: what a resumed training needs stays here. The model is home; this must not spoil it. */
async function keepCheckpoint(context: StepContext, signal: AbortSignal): Promise<void> {
  const { job, folder, machine, runtime, logger } = context;
  try {
    const [agent, host] = [await machine.agent(signal), await machine.host(signal)];
    await mirrorNewestCheckpoint({ jobId: job.spec.id, folder, agent, host, runtime }, signal);
  } catch (error) {
    signal.throwIfAborted();
    logger.warn(`job ${job.spec.id} checkpoint → ${messageOf(error)}`);
  }
}
