import { DatasetFolder } from '../../recipes/datasets/datasetFolder.js';
import { findRecipe } from '../../recipes/index.js';
import { ensureEnvironment } from '../../remote/environment.js';
import type { Step } from './step.js';

/** The environment the recipe needs, made once per machine and shared by jobs that need the same. */
export const prepare: Step<'preparing'> = async (_stage, { job, machine, runtime, show }, signal) => {
  const { spec } = job;
  show('Preparing the Python environment');
  const recipe = findRecipe(spec.recipe);
  const folder = await DatasetFolder.open(spec.dataset, signal);
  const needed = await recipe.environment(folder, spec.parameters, signal);
  const host = await machine.host(signal);
  const ready = await ensureEnvironment(host, runtime, needed, (message) => show(message), signal);
  return { type: 'prepared', environment: { python: ready.python, hash: ready.hash } };
};
