import { suggest } from '../../nearest.js';
import type { CheckResult, OnCheckProgress } from '../recipe.js';
import type { ColumnProfile } from './columnProfile.js';
import type { DatasetFolder } from './datasetFolder.js';
import { featureProblems, isLeftOut } from './featureProblems.js';
import { formProblems, unreadableTableProblem } from './formProblems.js';
import { problem, type Problem } from './problem.js';
import { chooseTable, findTables } from './tableFile.js';
import { guessFormat } from './tableFormat.js';
import { profileTable, type ProfileWish, type TableProfile } from './tableProfile.js';
import { UnreadableTableError } from './tableReader.js';
import { targetProblems } from './targetProblems.js';
import type { TableLearner } from './tableLearner.js';
import { decideTask, findTarget, type Task } from './tableTask.js';

/** What is to be learned from the table of a folder. */
export interface TableWish {
  /** Empty: the only table, or `train.csv`. */
  readonly file: string;
  /** Empty: found by name, else the last column. */
  readonly target: string;
  readonly task: string;
  /** Share of the rows held back. */
  readonly testSize: number;
  /** Names of columns to leave out, separated by commas. */
  readonly ignore: string;
  readonly learner: TableLearner;
}

/** What the table holds and what is wrong with it. */
export interface TableCheck extends CheckResult {
  /** The column to learn; absent when the table cannot be learned from at all. */
  readonly target?: { readonly column: ColumnProfile; readonly task: Task };
}

/** Reads the table once and says everything that would make a training on it fail or disappoint. */
export async function checkTable(
  folder: DatasetFolder,
  wish: TableWish,
  signal: AbortSignal,
  onProgress?: OnCheckProgress,
): Promise<TableCheck> {
  const choice = chooseTable(await findTables(folder, signal), wish.file);
  if (choice.kind === 'problem') return refused(choice.problem);
  const guess = await guessFormat(folder, choice.file);
  if (guess.kind === 'problem') return refused(guess.problem);
  const { path: file, bytes } = choice.file;
  const profileWish: ProfileWish = {
    path: file,
    format: guess.format,
    targetOf: (names) => findTarget(names, wish.target),
    ...(onProgress && { onBytesRead: (done) => onProgress(done, bytes) }),
  };
  try {
    return checkProfile(folder, file, await profileTable(folder, profileWish, signal), wish);
  } catch (error) {
    if (error instanceof UnreadableTableError) return refused(unreadableTableProblem(file, error));
    throw error;
  }
}

function refused(reason: Problem): TableCheck {
  return { problems: [reason], summary: {} };
}

function checkProfile(folder: DatasetFolder, file: string, table: TableProfile, wish: TableWish): TableCheck {
  const form = formProblems(folder, file, table);
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
      ...targetProblems({ file, target, task, testSize: wish.testSize, learner: wish.learner }),
      ...featureProblems({ file, features, twins: table.twins, learner: wish.learner }),
    ],
    target: { column: target, task },
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
