import { messageOf } from '../../errors.js';
import { DatasetFolder } from '../../recipes/datasets/datasetFolder.js';
import { findRecipe } from '../../recipes/index.js';
import { ensureEnvironment } from '../../remote/environment.js';
import { prepareUpload } from '../../remote/transfer/prepareUpload.js';
import { datasetSource } from './datasetSource.js';
import type { Step } from './step.js';

/** The environment the recipe needs, made once per machine and shared by jobs that need the same. */
export const prepare: Step<'preparing'> = async (_stage, context, signal) => {
  const { job, machine, runtime, logger, show } = context;
  const { spec } = job;
  show('Preparing the Python environment');
  const recipe = findRecipe(spec.recipe);
  const folder = await DatasetFolder.open(spec.dataset, signal);
  const needed = await recipe.environment(folder, spec.parameters, signal);
  const host = await machine.host(signal);
  // What comes next need not wait for a login script and for further connections then.
  prepareUpload(host, runtime, datasetSource(context), signal).catch((error: unknown) => {
    logger.debug(`upload prepare → ${messageOf(error)}`);
  });
  const ready = await ensureEnvironment(host, runtime, needed, (message) => show(message), signal);
  return { type: 'prepared', environment: { python: ready.python, hash: ready.hash } };
};
