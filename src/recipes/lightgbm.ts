import { l10n } from '../l10n.js';
import { checkBoosting } from './boosting/checkBoosting.js';
import { boostingParameters } from './boosting/boostingParameters.js';
import { estimateTable } from './datasets/tableEstimate.js';
import { detectTable } from './datasets/tableParameters.js';
import type { Environment, Parameter, Recipe } from './recipe.js';
import { lightgbmLibrary } from './lightgbm/lightgbmLibrary.js';

const { target, task, rounds, learningRate, earlyStopping, subsample, colsample, l1 } = boostingParameters;
const { classWeight, testSize, metric, objective, seed, file, ignore } = boostingParameters;

const parameters: readonly Parameter[] = [
  target,
  task,
  rounds,
  learningRate,
  {
    name: 'leaves',
    type: 'integer',
    minimum: 2,
    maximum: 131_072,
    default: 31,
    help: 'Most leaves of a tree; more fits finer, and sooner too fine.',
  },
  {
    name: 'minDataInLeaf',
    type: 'integer',
    minimum: 0,
    maximum: 1_000_000,
    default: 20,
    help: 'Least rows in a leaf; take less for a table of a few hundred rows.',
  },
  earlyStopping,
  subsample,
  colsample,
  classWeight,
  testSize,
  metric,
  seed,
  {
    name: 'device',
    type: 'choice',
    choices: ['auto', 'cpu', 'gpu', 'cuda'],
    default: 'auto',
    help: 'With auto a GPU is used by OpenCL (gpu) where that works, else the CPU; cuda needs a build of its own.',
  },
  {
    name: 'depth',
    type: 'integer',
    minimum: 0,
    maximum: 64,
    default: 0,
    advanced: true,
    help: 'Most questions a tree asks about a row; 0 leaves it to the number of leaves.',
  },
  l1,
  {
    name: 'l2',
    type: 'number',
    minimum: 0,
    default: 0,
    advanced: true,
    help: 'L2 regularization of the leaves; more makes all of them smaller.',
  },
  objective,
  file,
  ignore,
];

const environment: Environment = {
  requirements: ['lightgbm>=4.5', 'scikit-learn>=1.3', 'pandas>=2'],
  lock: 'lightgbm',
  minimumPython: '3.8',
};

export const lightgbm: Recipe = {
  id: 'lightgbm',
  get title() {
    return l10n.t('LightGBM on a table');
  },
  get summary() {
    return l10n.t('Boosted trees grown leaf by leaf: learns one column of a CSV table, fast on large ones.');
  },
  image: 'python',
  parameters,
  freeParameters: true,
  detect: (folder, signal) => detectTable(folder, 0.5, signal),
  check: (folder, given, signal, onProgress) =>
    checkBoosting({ library: lightgbmLibrary, parameters, folder, given, onProgress }, signal),
  estimate: (folder, given, signal) =>
    estimateTable(folder, given, { diskGb: 1, rounds: 'rounds', times: 1 }, signal),
  environment: () => Promise.resolve(environment),
  command: () => ({ kind: 'recipe', file: 'recipes/lightgbm_table.py' }),
};
