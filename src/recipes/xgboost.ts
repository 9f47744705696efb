import { l10n } from '../l10n.js';
import { checkBoosting } from './boosting/checkBoosting.js';
import { boostingParameters } from './boosting/boostingParameters.js';
import type { DatasetFolder } from './datasets/datasetFolder.js';
import { estimateTable } from './datasets/tableEstimate.js';
import { chooseTable, findTables } from './datasets/tableFile.js';
import { detectTable } from './datasets/tableParameters.js';
import { textOf } from './parameterValues.js';
import type { Environment, Parameter, Parameters, Recipe } from './recipe.js';
import { xgboostLibrary } from './xgboost/xgboostLibrary.js';

const { target, task, rounds, learningRate, earlyStopping, subsample, colsample, l1 } = boostingParameters;
const { classWeight, testSize, metric, objective, seed, file, ignore } = boostingParameters;

const parameters: readonly Parameter[] = [
  target,
  task,
  rounds,
  learningRate,
  {
    name: 'depth',
    type: 'integer',
    minimum: 1,
    maximum: 32,
    default: 6,
    help: 'Most questions a tree asks about a row; more fits finer, and sooner too fine.',
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
    choices: ['auto', 'cpu', 'cuda'],
    default: 'auto',
    help: 'With auto a table from 100 MB on is learned on a GPU, where there is one.',
  },
  {
    name: 'minChildWeight',
    type: 'number',
    minimum: 0,
    default: 1,
    advanced: true,
    help: 'Least weight of the rows in a leaf; more is more careful.',
  },
  l1,
  {
    name: 'l2',
    type: 'number',
    minimum: 0,
    default: 1,
    advanced: true,
    help: 'L2 regularization of the leaves; more makes all of them smaller.',
  },
  objective,
  file,
  ignore,
];

/** A GPU must gain more time than its packages cost: with NVIDIA's NCCL they are 480 MB to download, without 6 MB. */
const leastBytesForGpu = 100 * 1000 * 1000;

export const xgboost: Recipe = {
  id: 'xgboost',
  get title() {
    return l10n.t('XGBoost on a table');
  },
  get summary() {
    return l10n.t('Boosted trees: learns one column of a CSV table, gaps and categories included.');
  },
  image: 'python',
  parameters,
  freeParameters: true,
  detect: (folder, signal) => detectTable(folder, 0.55, signal),
  check: (folder, given, signal, onProgress) =>
    checkBoosting({ library: xgboostLibrary, parameters, folder, given, onProgress }, signal),
  estimate: (folder, given, signal) =>
    estimateTable(folder, given, { diskGb: 2, rounds: 'rounds', times: 1 }, signal),
  environment,
  command: () => ({ kind: 'recipe', file: 'recipes/xgboost_table.py' }),
};

/**
 * `xgboost-cpu` and `xgboost` are the same to Python. The second can use a GPU, and on Linux brings what that needs; a
 * Mac has only the second, without. Versions from 3.3 on want a driver for CUDA 13, which few rented machines have.
 */
async function environment(
  folder: DatasetFolder,
  given: Parameters,
  signal: AbortSignal,
): Promise<Environment> {
  const companions = ['scikit-learn>=1.3', 'pandas>=2'];
  if (await wantsGpuBuild(folder, given, signal)) {
    return { requirements: ['xgboost>=2.1,<3.3', ...companions], lock: 'xgboost', minimumPython: '3.8' };
  }
  const builds = [
    'xgboost-cpu>=2.1,<3.3; sys_platform != "darwin"',
    'xgboost>=2.1,<3.3; sys_platform == "darwin"',
  ];
  return { requirements: [...builds, ...companions], lock: 'xgboost-cpu', minimumPython: '3.8' };
}

async function wantsGpuBuild(
  folder: DatasetFolder,
  given: Parameters,
  signal: AbortSignal,
): Promise<boolean> {
  const device = textOf(given, 'device');
  if (device !== 'auto') return device === 'cuda';
  const choice = chooseTable(await findTables(folder, signal), textOf(given, 'file'));
  return choice.kind === 'table' && choice.file.bytes >= leastBytesForGpu;
}
