import { readLog } from '../logReading.js';
import { explainEnd } from '../explainEnd.js';
import { fetchResults } from '../results.js';
import type { Step } from './step.js';

/** Model and what belongs to it, verified, under a name that never overwrites; and why the training ended. */
export const collect: Step<'collecting'> = async ({ training }, context, signal) => {
  const { job, folder, machine, runtime, show } = context;
  show('Collecting the results');
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
  return { type: 'collected', files, ...explainEnd(training, summary, files) };
};
