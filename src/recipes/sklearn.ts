import type { DatasetFolder } from './datasets/datasetFolder.js';
import { folderProblems } from './datasets/folderProblems.js';
import { checkTable } from './datasets/tableCheck.js';
import { chooseTable, findTables } from './datasets/tableFile.js';
import { taskChoices } from './datasets/tableTask.js';
import type { CheckResult, Environment, Fit, Parameter, Parameters, Recipe } from './recipe.js';
import { numberOf, textOf } from './parameterValues.js';

const models = [
  'auto',
  'gradient-boosting',
  'random-forest',
  'logistic',
  'ridge',
  'mlp',
  'svm',
  'knn',
] as const;

const parameters: readonly Parameter[] = [
  {
    name: 'target',
    type: 'string',
    default: '',
    help: 'The column to learn; empty takes one called target, label, class or y, else the last.',
  },
  {
    name: 'task',
    type: 'choice',
    choices: taskChoices,
    default: 'auto',
    help: 'Classes or amounts; auto takes text and few whole numbers for classes.',
  },
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
    help: 'Trees, boosting rounds or passes over the rows; svm, knn and ridge learn in one go.',
  },
  {
    name: 'testSize',
    type: 'number',
    minimum: 0.05,
    maximum: 0.5,
    default: 0.2,
    help: 'Share of the rows that is held back to test on.',
  },
  {
    name: 'seed',
    type: 'integer',
    minimum: 0,
    maximum: 2 ** 32 - 1,
    default: 7,
    help: 'Same seed, same result.',
  },
  {
    name: 'file',
    type: 'string',
    default: '',
    advanced: true,
    help: 'The table, when the folder holds several; empty takes the only one, or train.csv.',
  },
  {
    name: 'ignore',
    type: 'string',
    default: '',
    advanced: true,
    help: 'Columns to leave out, separated by commas: row numbers, or what is not known beforehand.',
  },
];

/** The newest versions this recipe is tested with, for every Python that still gets or got them. */
const environment: Environment = {
  requirements: [
    'scikit-learn==1.9.1; python_version >= "3.11"',
    'scikit-learn==1.7.2; python_version == "3.10"',
    'scikit-learn==1.6.1; python_version == "3.9"',
    'scikit-learn==1.3.2; python_version < "3.9"',
    'pandas==3.1.1; python_version >= "3.11"',
    'pandas==2.3.3; python_version >= "3.9" and python_version < "3.11"',
    'pandas==2.0.3; python_version < "3.9"',
    'joblib==1.5.3; python_version >= "3.9"',
    'joblib==1.4.2; python_version < "3.9"',
  ],
  minimumPython: '3.8',
};

export const sklearn: Recipe = {
  id: 'sklearn',
  title: 'scikit-learn on a table',
  summary: 'Learns one column of a CSV table from the others: a class or an amount.',
  parameters,
  detect,
  check,
  environment: () => Promise.resolve(environment),
  command: () => ({ kind: 'recipe', file: 'recipes/sklearn_table.py' }),
};

async function detect(folder: DatasetFolder, signal: AbortSignal): Promise<Fit | undefined> {
  const tables = await findTables(folder, signal);
  const [first] = tables;
  if (!first) return undefined;
  const choice = chooseTable(tables, '');
  if (choice.kind === 'problem') return { score: 0.3, why: `has ${tables.length} tables` };
  return { score: tables.length === 1 ? 0.6 : 0.5, why: `has the table ${choice.file.path}` };
}

async function check(folder: DatasetFolder, given: Parameters, signal: AbortSignal): Promise<CheckResult> {
  const general = await folderProblems(folder, signal);
  if (general.some((problem) => problem.severity === 'error')) return { problems: general, summary: {} };
  const table = await checkTable(
    folder,
    {
      file: textOf(given, 'file'),
      target: textOf(given, 'target'),
      task: textOf(given, 'task'),
      model: textOf(given, 'model'),
      testSize: numberOf(given, 'testSize'),
      ignore: textOf(given, 'ignore'),
    },
    signal,
  );
  return { problems: [...general, ...table.problems], summary: table.summary };
}
