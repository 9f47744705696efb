import type { ColumnProfile } from './columnProfile.js';
import { problem, type Problem, type ProblemPlace } from './problem.js';
import type { TableLearner } from './tableLearner.js';
import { isNumber, type Task } from './tableTask.js';
import { numberOf } from './wording.js';

/** With fewer rows the score of a class is luck. */
const fewRowsOfClass = 5;

export interface TargetCheck {
  readonly file: string;
  readonly target: ColumnProfile;
  readonly task: Task;
  /** Share of the rows held back for testing. */
  readonly testSize: number;
  readonly learner: TableLearner;
}

/** What is wrong with the column to learn. */
export function targetProblems(check: TargetCheck): Problem[] {
  const { target, task } = check;
  if (target.filled === 0) return [emptyTarget(check)];
  const problems = [...gapProblem(check), ...infinityProblem(check)];
  if (task === 'regression') problems.push(...regressionProblems(check));
  else if (isFractional(target)) problems.push(continuousTarget(check));
  else problems.push(...classProblems(check));
  return problems;
}

function isFractional(target: ColumnProfile): boolean {
  return isNumber(target) && !target.isWhole;
}

function place(check: TargetCheck, fix?: string): ProblemPlace {
  return fix === undefined ? { file: check.file } : { file: check.file, fix };
}

function emptyTarget(check: TargetCheck): Problem {
  const message = `The column '${check.target.name}' is empty in every row; there is nothing to learn.`;
  return problem('error', 'table.target-empty', message, place(check, 'Name another column with target.'));
}

function gapProblem(check: TargetCheck): Problem[] {
  const { gaps, rows, name } = check.target;
  if (gaps === 0) return [];
  const message = `${gaps} of ${rows} rows have no '${name}'; they are left out.`;
  return [problem('warning', 'table.target-gaps', message, place(check))];
}

function infinityProblem(check: TargetCheck): Problem[] {
  const { infinities, name } = check.target;
  if (infinities === 0) return [];
  const message =
    infinities === 1
      ? `1 row has an infinite '${name}'; it is left out.`
      : `${numberOf(infinities)} rows have an infinite '${name}'; they are left out.`;
  return [problem('warning', 'table.target-infinite', message, place(check))];
}

function regressionProblems(check: TargetCheck): Problem[] {
  const { target } = check;
  if (!isNumber(target)) {
    const message = `'${target.name}' holds text, and regression needs numbers.`;
    return [problem('error', 'table.text-target', message, place(check, 'Set task to classification.'))];
  }
  return target.distinct === 1 ? [oneValue(check)] : tooFewRows(check, 2);
}

function continuousTarget(check: TargetCheck): Problem {
  const { name, distinct } = check.target;
  const count = Number.isFinite(distinct) ? `${distinct} different` : 'very many';
  const message = `'${name}' has ${count} decimal values: that is regression, not classification.`;
  return problem('error', 'table.continuous-target', message, place(check, 'Set task to regression.'));
}

function classProblems(check: TargetCheck): Problem[] {
  const { target } = check;
  if (target.distinct === 1) return [oneValue(check)];
  if (target.distinct === Infinity) return [tooManyClasses(check)];
  const few = target.counts().filter(([, count]) => count < fewRowsOfClass);
  const single = few.filter(([, count]) => count === 1);
  if (single.length > 0) return [rareClass(check, single)];
  return [
    ...(few.length > 0 ? [smallClass(check, few)] : []),
    ...tooFewRows(check, target.distinct),
    ...mappedClasses(check),
  ];
}

function oneValue(check: TargetCheck): Problem {
  const [value] = check.target.counts()[0] ?? [''];
  const message = `'${check.target.name}' is '${value}' in every row; there is nothing to tell apart.`;
  return problem(
    'error',
    'table.one-class',
    message,
    place(check, 'Name another column with target, or add rows.'),
  );
}

function tooManyClasses(check: TargetCheck): Problem {
  const message = `'${check.target.name}' has more than 10,000 different values: that is no set of classes.`;
  return problem(
    'error',
    'table.too-many-classes',
    message,
    place(check, 'Name another column with target.'),
  );
}

function rareClass(check: TargetCheck, single: readonly [string, number][]): Problem {
  const fix = 'Add rows of it, remove it, or name another column with target.';
  const message = `${subject(check.target.name, single)} only 1 row; a class needs 2, one to learn and one to test.`;
  return problem('error', 'table.rare-class', message, place(check, fix));
}

function smallClass(check: TargetCheck, few: readonly [string, number][]): Problem {
  const message = `${subject(check.target.name, few)} fewer than ${fewRowsOfClass} rows; its score will be luck.`;
  return problem('warning', 'table.small-class', message, place(check));
}

/** Libraries that count classes from 0 refuse others; the recipe gives them what they want. */
function mappedClasses(check: TargetCheck): Problem[] {
  const { target, learner } = check;
  const isCounted = target.minimum === 0 && target.maximum === target.distinct - 1;
  if (learner.mapsClassesFor === undefined || !target.isWhole || isCounted) return [];
  const message = `${learner.mapsClassesFor} counts classes from 0; the ${target.distinct} classes of '${target.name}' are mapped, and model.card.json says how.`;
  return [problem('hint', 'table.classes-mapped', message, place(check))];
}

/** `Class 'a' of 'kind' and 3 other classes have` */
function subject(target: string, [first, ...others]: readonly [string, number][]): string {
  const name = `Class '${first?.[0] ?? ''}' of '${target}'`;
  if (others.length === 0) return `${name} has`;
  return `${name} and ${others.length} other ${others.length === 1 ? 'class' : 'classes'} have`;
}

/** Both parts of the rows need one of each class. */
function tooFewRows(check: TargetCheck, needed: number): Problem[] {
  const rows = check.target.filled - check.target.infinities;
  const held = Math.ceil(rows * check.testSize);
  if (held >= needed && rows - held >= needed) return [];
  const message = `${rows} rows are too few: with testSize ${check.testSize}, ${held} are held back for testing and ${rows - held} are left to learn from, and each part needs ${needed}.`;
  return [problem('error', 'table.too-few-rows', message, place(check, 'Add rows.'))];
}
