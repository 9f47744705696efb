import type { ColumnProfile } from './columnProfile.js';
import { problem, type Problem } from './problem.js';
import { isNumber } from './tableTask.js';

/** Text with more different values than this, and most of them rare, tells rows apart but not classes. */
const mostCategories = 50;
const mostCountedCategories = 10_000;
const mostNamesInSentence = 5;
/** In shorter tables any whole numbers may happen to count up. */
const fewestRowsForRowNumbers = 20;

/**
 * Whether nothing can be learned from the column: no value at all, or another text in nearly every row.
 * runtime/recipes/sklearn_table.py leaves out the same ones.
 */
export function isLeftOut(column: ColumnProfile): boolean {
  if (column.filled === 0) return true;
  if (isNumber(column) || column.distinct <= mostCategories) return false;
  return column.distinct > column.filled / 2 || column.distinct > mostCountedCategories;
}

/** What should be known about the columns to learn from. `twins` are names of columns that equal the target. */
export function featureProblems(
  file: string,
  features: readonly ColumnProfile[],
  twins: readonly string[],
): Problem[] {
  const used = features.filter((column) => !isLeftOut(column));
  if (used.length === 0) return [noFeatures(file)];
  return [
    ...twinProblem(file, features, twins),
    ...rowNumberProblem(file, used),
    ...note(file, 'warning', 'table.left-out', features.filter(isUnusedText), leftOut),
    ...note(
      file,
      'hint',
      'table.empty-column',
      features.filter((column) => column.filled === 0),
      emptyColumn,
    ),
    ...note(
      file,
      'hint',
      'table.constant-column',
      used.filter((column) => column.distinct === 1),
      constantColumn,
    ),
    ...note(
      file,
      'hint',
      'table.text',
      used.filter((column) => !isNumber(column)),
      textColumn,
    ),
    ...gapProblem(file, used),
  ];
}

function noFeatures(file: string): Problem {
  const fix = 'Add columns that say something about the target.';
  return problem('error', 'table.no-features', `${file} has no column to learn from beside the target.`, {
    file,
    fix,
  });
}

function twinProblem(file: string, features: readonly ColumnProfile[], twins: readonly string[]): Problem[] {
  return features
    .filter((column) => twins.includes(column.name))
    .map(({ name }) => {
      const message = `Column '${name}' says the same as the target in every row; the score will look too good.`;
      return problem('warning', 'table.leak', message, { file, fix: `Leave it out with ignore=${name}.` });
    });
}

function rowNumberProblem(file: string, columns: readonly ColumnProfile[]): Problem[] {
  return columns.filter(isRowNumber).map(({ name }) => {
    const message = `Column '${name}' only numbers the rows; what is learned from it fits no other table.`;
    return problem('warning', 'table.row-number', message, {
      file,
      fix: `Leave it out with ignore=${name}.`,
    });
  });
}

function isRowNumber(column: ColumnProfile): boolean {
  const consecutive = column.maximum - column.minimum + 1 === column.rows;
  return column.rows >= fewestRowsForRowNumbers && column.isWhole && column.isUnique && consecutive;
}

function isUnusedText(column: ColumnProfile): boolean {
  return column.filled > 0 && isLeftOut(column);
}

interface Wording {
  readonly one: string;
  readonly several: string;
}
const leftOut: Wording = {
  one: 'holds another text in nearly every row and is left out',
  several: 'hold another text in nearly every row and are left out',
};
const emptyColumn: Wording = { one: 'is empty and is left out', several: 'are empty and are left out' };
const constantColumn: Wording = {
  one: 'has the same value in every row',
  several: 'have the same value in every row',
};
const textColumn: Wording = {
  one: 'holds text; each of its values becomes a yes/no column',
  several: 'hold text; each of their values becomes a yes/no column',
};

function note(
  file: string,
  severity: Problem['severity'],
  code: string,
  columns: readonly ColumnProfile[],
  wording: Wording,
): Problem[] {
  if (columns.length === 0) return [];
  const message =
    columns.length === 1
      ? `Column ${listNames(columns)} ${wording.one}.`
      : `${columns.length} columns (${listNames(columns)}) ${wording.several}.`;
  return [problem(severity, code, message, { file })];
}

function gapProblem(file: string, columns: readonly ColumnProfile[]): Problem[] {
  const gappy = columns.filter((column) => column.gaps + column.infinities > 0);
  if (gappy.length === 0) return [];
  const cells = gappy.reduce((sum, column) => sum + column.gaps + column.infinities, 0);
  const subject = cells === 1 ? '1 cell is' : `${cells} cells are`;
  const message = `${subject} empty or infinite (${listNames(gappy)}); the median or the commonest value is filled in.`;
  return [problem('hint', 'table.gaps', message, { file })];
}

function listNames(columns: readonly ColumnProfile[]): string {
  const names = columns.slice(0, mostNamesInSentence).map((column) => `'${column.name}'`);
  return columns.length > mostNamesInSentence ? `${names.join(', ')}, …` : names.join(', ');
}
