import { l10n } from '../l10n.js';
import { problem, type Problem } from './datasets/problem.js';
import type { TableCheck } from './datasets/tableCheck.js';
import { estimateTable } from './datasets/tableEstimate.js';
import { sklearnLearner } from './datasets/tableLearner.js';
import { checkTableFolder, detectTable, tableParameters } from './datasets/tableParameters.js';
import type { Task } from './datasets/tableTask.js';
import { numberOf, textOf } from './parameterValues.js';
import type { Environment, Parameter, Parameters, Recipe } from './recipe.js';

const models = [
  'auto',
  'gradient-boosting',
  'random-forest',
  'extra-trees',
  'ada-boost',
  'decision-tree',
  'logistic',
  'linear',
  'ridge',
  'elastic-net',
  'mlp',
  'svm',
  'knn',
  'naive-bayes',
] as const;

/** Models that learn only one of the two, and the nearest that learns the other. */
const oneTaskModels: Readonly<Record<string, { readonly task: Task; readonly other: string }>> = {
  logistic: { task: 'classification', other: 'ridge' },
  'naive-bayes': { task: 'classification', other: 'ridge' },
  linear: { task: 'regression', other: 'logistic' },
  'elastic-net': { task: 'regression', other: 'logistic' },
};

const parameters: readonly Parameter[] = [
  tableParameters.target,
  tableParameters.task,
  {
    name: 'model',
    type: 'choice',
    choices: models,
    default: 'auto',
    help: 'How to learn; auto takes a random forest below 1,000 rows and gradient boosting above.',
  },
  {
    name: 'iterations',
    type: 'integer',
    minimum: 1,
    maximum: 100_000,
    default: 100,
    help: 'Trees, boosting rounds or passes over the rows; models without steps learn in one go.',
  },
  {
    name: 'folds',
    type: 'integer',
    minimum: 0,
    maximum: 50,
    default: 0,
    help: 'Trains this many times more, each time tested on other rows, to tell how sure the score is; 0 does not.',
  },
  tableParameters.testSize,
  tableParameters.seed,
  tableParameters.file,
  tableParameters.ignore,
];

const environment: Environment = {
  requirements: ['scikit-learn>=1.3', 'pandas>=2', 'joblib>=1.4'],
  lock: 'sklearn',
  minimumPython: '3.8',
};

export const sklearn: Recipe = {
  id: 'sklearn',
  get title() {
    return l10n.t('scikit-learn on a table');
  },
  get summary() {
    return l10n.t('Learns one column of a CSV table from the others: a class or an amount.');
  },
  image: 'python',
  parameters,
  detect: (folder, signal) => detectTable(folder, 0.6, signal),
  check: (folder, given, signal, onProgress) =>
    checkTableFolder(
      {
        folder,
        parameters: given,
        learner: sklearnLearner,
        onProgress,
        more: (table) => [...modelProblems(table, given), ...foldProblems(table, given)],
      },
      signal,
    ),
  estimate: (folder, given, signal) =>
    estimateTable(
      folder,
      given,
      { diskGb: 1, rounds: 'iterations', times: 1 + numberOf(given, 'folds') },
      signal,
    ),
  environment: () => Promise.resolve(environment),
  command: () => ({ kind: 'recipe', file: 'recipes/sklearn_table.py' }),
};

function modelProblems({ target }: TableCheck, given: Parameters): Problem[] {
  const model = textOf(given, 'model');
  const only = oneTaskModels[model];
  if (!only || !target || only.task === target.task) return [];
  const what =
    only.task === 'classification'
      ? 'tells classes apart and learns no amounts'
      : 'learns amounts, not classes';
  const fix = `Set model to ${only.other}, or to auto.`;
  return [problem('error', 'table.model-task', `The model ${model} ${what}.`, { fix })];
}

function foldProblems({ target }: TableCheck, given: Parameters): Problem[] {
  const folds = numberOf(given, 'folds');
  if (folds === 0 || !target) return [];
  if (folds === 1) {
    const fix = 'Set folds to 5, or to 0 to train once.';
    return [problem('error', 'table.folds', 'One fold has no other to compare with.', { fix })];
  }
  const { column, task } = target;
  const learnedShare = 1 - numberOf(given, 'testSize');
  const learned = Math.floor((column.filled - column.infinities) * learnedShare);
  if (learned < folds * 2) {
    const message = `${learned} rows to learn from are too few for ${folds} folds; each needs 2.`;
    return [problem('error', 'table.folds', message, { fix: 'Lower folds, or add rows.' })];
  }
  const [rarest, count] = (task === 'classification' ? column.counts()[0] : undefined) ?? ['', Infinity];
  if (Math.floor(count * learnedShare) >= folds) return [];
  const message = `Class '${rarest}' of '${column.name}' has ${count} rows, too few to have one in each of ${folds} folds.`;
  return [problem('warning', 'table.folds', message, { fix: 'Lower folds, or add rows of it.' })];
}
