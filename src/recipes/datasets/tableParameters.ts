import { numberOf, textOf } from '../parameterValues.js';
import type { CheckResult, Fit, OnCheckProgress, Parameter, Parameters } from '../recipe.js';
import type { DatasetFolder } from './datasetFolder.js';
import { folderProblems } from './folderProblems.js';
import { checkTable, type TableCheck } from './tableCheck.js';
import { chooseTable, findTables } from './tableFile.js';
import type { TableLearner } from './tableLearner.js';
import { taskChoices } from './tableTask.js';

/** What every recipe that learns from a table can be told. */
export const tableParameters = {
  target: {
    name: 'target',
    type: 'string',
    default: '',
    help: 'The column to learn; empty takes one called target, label, class or y, else the last.',
  },
  task: {
    name: 'task',
    type: 'choice',
    choices: taskChoices,
    default: 'auto',
    help: 'Classes or amounts; auto takes text and few whole numbers for classes.',
  },
  testSize: {
    name: 'testSize',
    type: 'number',
    minimum: 0.05,
    maximum: 0.5,
    default: 0.2,
    help: 'Share of the rows that is held back to test on.',
  },
  seed: {
    name: 'seed',
    type: 'integer',
    minimum: 0,
    maximum: 2 ** 31 - 1,
    default: 7,
    help: 'Same seed, same result.',
  },
  file: {
    name: 'file',
    type: 'string',
    default: '',
    advanced: true,
    help: 'The table, when the folder holds several; empty takes the only one, or train.csv.',
  },
  ignore: {
    name: 'ignore',
    type: 'string',
    default: '',
    advanced: true,
    help: 'Columns to leave out, separated by commas: row numbers, or what is not known beforehand.',
  },
} as const satisfies Record<string, Parameter>;

/** How well a recipe for tables fits: `score` for a folder of one table, less when it has to be chosen. */
export async function detectTable(
  folder: DatasetFolder,
  score: number,
  signal: AbortSignal,
): Promise<Fit | undefined> {
  const tables = await findTables(folder, signal);
  if (tables.length === 0) return undefined;
  const choice = chooseTable(tables, '');
  if (choice.kind === 'problem') return { score: score / 2, why: `has ${tables.length} tables` };
  const fit = tables.length === 1 ? score : score - 0.1;
  return { score: fit, why: `has the table ${choice.file.path}` };
}

export interface TableQuestion {
  readonly folder: DatasetFolder;
  readonly parameters: Parameters;
  readonly learner: TableLearner;
  readonly onProgress?: OnCheckProgress | undefined;
  /** What only the recipe knows about the table. */
  more(table: TableCheck): CheckResult['problems'];
}

/** Everything wrong with the folder, with its table, and with what is to be done with it. */
export async function checkTableFolder(question: TableQuestion, signal: AbortSignal): Promise<CheckResult> {
  const { folder, parameters, learner, onProgress } = question;
  const general = await folderProblems(folder, signal);
  if (general.some((problem) => problem.severity === 'error')) return { problems: general, summary: {} };
  const wish = {
    file: textOf(parameters, 'file'),
    target: textOf(parameters, 'target'),
    task: textOf(parameters, 'task'),
    testSize: numberOf(parameters, 'testSize'),
    ignore: textOf(parameters, 'ignore'),
    learner,
  };
  const table = await checkTable(folder, wish, signal, onProgress);
  return { problems: [...general, ...question.more(table), ...table.problems], summary: table.summary };
}
