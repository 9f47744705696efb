import { suggest } from '../../nearest.js';
import type { CheckResult } from '../recipe.js';
import type { DatasetFolder } from './datasetFolder.js';
import { featureProblems, isLeftOut } from './featureProblems.js';
import { formProblems, unreadableTableProblem } from './formProblems.js';
import { problem, type Problem } from './problem.js';
import { chooseTable, findTables } from './tableFile.js';
import { guessFormat, type TableFormat } from './tableFormat.js';
import { profileTable, type TableProfile } from './tableProfile.js';
import { UnreadableTableError } from './tableReader.js';
import { targetProblems } from './targetProblems.js';
import { decideTask, findTarget, type Task } from './tableTask.js';

/** What is to be learned from the table of a folder. */
export interface TableWish {
  /** Empty: the only table, or `train.csv`. */
  readonly file: string;
  /** Empty: found by name, else the last column. */
  readonly target: string;
  readonly task: string;
  readonly model: string;
  /** Share of the rows held back. */
  readonly testSize: number;
  /** Names of columns to leave out, separated by commas. */
  readonly ignore: string;
}

/** Reads the table once and says everything that would make a training on it fail or disappoint. */
export async function checkTable(
  folder: DatasetFolder,
  wish: TableWish,
  signal: AbortSignal,
): Promise<CheckResult> {
  const choice = chooseTable(await findTables(folder, signal), wish.file);
  if (choice.kind === 'problem') return refused(choice.problem);
  const guess = await guessFormat(folder, choice.file);
  if (guess.kind === 'problem') return refused(guess.problem);
  const file = choice.file.path;
  try {
    return checkProfile(file, await profile(folder, file, guess.format, wish, signal), wish);
  } catch (error) {
    if (error instanceof UnreadableTableError) return refused(unreadableTableProblem(file, error));
    throw error;
  }
}

function profile(
  folder: DatasetFolder,
  file: string,
  format: TableFormat,
  wish: TableWish,
  signal: AbortSignal,
): Promise<TableProfile> {
  return profileTable(folder, file, format, (names) => findTarget(names, wish.target), signal);
}

function refused(reason: Problem): CheckResult {
  return { problems: [reason], summary: {} };
}

function checkProfile(file: string, table: TableProfile, wish: TableWish): CheckResult {
  const form = formProblems(file, table);
  const summary = { file, rows: table.rows, columns: table.names.length };
  const index = findTarget(table.names, wish.target);
  const target = index === undefined ? undefined : table.columns[index];
  if (!target) return { problems: [...form, targetMissing(file, table, wish.target)], summary };
  if (form.some(({ severity }) => severity === 'error')) return { problems: form, summary };

  const ignored = wish.ignore
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const features = table.columns.filter((column) => column !== target && !ignored.includes(column.name));
  const task = decideTask(target, wish.task);
  return {
    problems: [
      ...form,
      ...ignoreProblems(file, table, target.name, ignored),
      ...modelProblem(wish.model, task),
      ...targetProblems({ file, target, task, testSize: wish.testSize }),
      ...featureProblems(file, features, table.twins),
    ],
    summary: {
      ...summary,
      target: target.name,
      task,
      ...(task === 'classification' && Number.isFinite(target.distinct) ? { classes: target.distinct } : {}),
      features: features.filter((column) => !isLeftOut(column)).map((column) => column.name),
    },
  };
}

function targetMissing(file: string, { names }: TableProfile, target: string): Problem {
  const message = `${file} has no column '${target}'; ${suggest(target, names)}`;
  return problem('error', 'table.target-missing', message, { file, line: 1 });
}

function ignoreProblems(
  file: string,
  { names }: TableProfile,
  target: string,
  ignored: readonly string[],
): Problem[] {
  return ignored.flatMap((name) => {
    if (name === target) {
      const message = `'${name}' is the column to learn and cannot be ignored too.`;
      return [problem('error', 'table.target-ignored', message, { file, fix: 'Name another target.' })];
    }
    if (names.includes(name)) return [];
    const message = `${file} has no column '${name}' to ignore; ${suggest(name, names)}`;
    return [problem('error', 'table.ignored-missing', message, { file, line: 1 })];
  });
}

function modelProblem(model: string, task: Task): Problem[] {
  if (model !== 'logistic' || task === 'classification') return [];
  const fix = 'Set model to ridge, or to auto.';
  return [
    problem('error', 'table.model-task', 'The model logistic tells classes apart and learns no amounts.', {
      fix,
    }),
  ];
}
