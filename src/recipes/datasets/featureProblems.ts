import type { ColumnProfile } from './columnProfile.js';
import { problem, type Problem } from './problem.js';
import type { TableLearner, Wording } from './tableLearner.js';
import { isNumber } from './tableTask.js';

/** Text with more different values than this, and most of them rare, tells rows apart but not classes. */
const mostCategories = 50;
const mostCountedCategories = 10_000;
const mostNamesInSentence = 5;
/** In shorter tables any whole numbers may happen to count up. */
const fewestRowsForRowNumbers = 20;
/** `id`, `customer_id`, `customerId`, `ID`. */
const identifierName = /(?:^|[^a-z])id$|[a-z]I[dD]$|^(?:uuid|guid)$/i;

/**
 * Whether nothing can be learned from the column: no value at all, or another text in nearly every row.
 * runtime/recipes/table_reader.py leaves out the same ones.
 */
export function isLeftOut(column: ColumnProfile): boolean {
  if (column.filled === 0) return true;
  if (isNumber(column) || column.distinct <= mostCategories) return false;
  return column.distinct > column.filled / 2 || column.distinct > mostCountedCategories;
}

export interface FeatureCheck {
  readonly file: string;
  readonly features: readonly ColumnProfile[];
  /** Names of columns that equal the target. */
  readonly twins: readonly string[];
  readonly learner: TableLearner;
}

/** What should be known about the columns to learn from. */
export function featureProblems({ file, features, twins, learner }: FeatureCheck): Problem[] {
  const used = features.filter((column) => !isLeftOut(column));
  const empty = features.filter((column) => column.filled === 0);
  const constant = used.filter((column) => column.distinct === 1);
  const dates = features.filter((column) => column.hasDates);
  const text = used.filter((column) => !isNumber(column) && !column.hasDates);
  if (used.length === 0) return [noFeatures(file)];
  return [
    ...twinProblem(file, features, twins),
    ...rowNumberProblem(file, used),
    ...identifierProblem(file, used),
    ...note(file, 'warning', 'table.left-out', features.filter(isUnusedText), leftOut),
    ...note(file, 'hint', 'table.empty-column', empty, emptyColumn),
    ...note(file, 'hint', 'table.constant-column', constant, constantColumn),
    ...note(file, 'hint', 'table.dates', dates, dateColumn),
    ...note(file, 'hint', 'table.text', text, learner.text),
    ...gapProblem(file, used, learner.gaps),
    ...renamedProblem(file, used, learner),
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
    const fix = `Leave it out with ignore=${name}.`;
    if (isUnnamed(name)) {
      const message = `The column without a name, '${name}', looks like a saved row index.`;
      return problem('hint', 'table.row-index', message, { file, line: 1, fix });
    }
    const message = `Column '${name}' only numbers the rows; what is learned from it fits no other table.`;
    return problem('warning', 'table.row-number', message, { file, fix });
  });
}

function isRowNumber(column: ColumnProfile): boolean {
  const consecutive = column.maximum - column.minimum + 1 === column.rows;
  const isLong = column.rows >= fewestRowsForRowNumbers || isUnnamed(column.name);
  return isLong && column.isWhole && column.isUnique && consecutive;
}

function isUnnamed(name: string): boolean {
  return /^Unnamed: \d+$/.test(name);
}

/** Numbers that name things: another one in every row, in a column that says so. */
function identifierProblem(file: string, columns: readonly ColumnProfile[]): Problem[] {
  return columns
    .filter((column) => isIdentifier(column) && !isRowNumber(column))
    .map(({ name }) => {
      const message = `Column '${name}' holds another number in every row, which names it and says nothing.`;
      return problem('warning', 'table.identifier', message, {
        file,
        fix: `Leave it out with ignore=${name}.`,
      });
    });
}

function isIdentifier(column: ColumnProfile): boolean {
  const isLong = column.rows >= fewestRowsForRowNumbers;
  return isLong && column.isWhole && column.isUnique && identifierName.test(column.name);
}

function isUnusedText(column: ColumnProfile): boolean {
  return column.filled > 0 && isLeftOut(column) && !column.hasDates;
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
const dateColumn: Wording = {
  one: 'holds dates, which are taken for text; add columns like year, month or weekday to learn from them',
  several: 'hold dates, which are taken for text; add columns like year, month or weekday to learn from them',
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

function gapProblem(file: string, columns: readonly ColumnProfile[], treatment: string): Problem[] {
  const gappy = columns.filter((column) => column.gaps + column.infinities > 0);
  if (gappy.length === 0) return [];
  const cells = gappy.reduce((sum, column) => sum + column.gaps + column.infinities, 0);
  const subject = cells === 1 ? '1 cell is' : `${cells} cells are`;
  const message = `${subject} empty or infinite (${listNames(gappy)}); ${treatment}.`;
  return [problem('hint', 'table.gaps', message, { file })];
}

function renamedProblem(file: string, columns: readonly ColumnProfile[], { names }: TableLearner): Problem[] {
  const odd = columns.filter((column) => names?.forbidden.test(column.name));
  if (!names || odd.length === 0) return [];
  const subject = odd.length === 1 ? `The name ${listNames(odd)} has` : `The names ${listNames(odd)} have`;
  const message = `${subject} characters that ${names.library} does not take; in the model they become _.`;
  return [problem('hint', 'table.renamed-column', message, { file, line: 1 })];
}

function listNames(columns: readonly ColumnProfile[]): string {
  const names = columns.slice(0, mostNamesInSentence).map((column) => `'${column.name}'`);
  return columns.length > mostNamesInSentence ? `${names.join(', ')}, …` : names.join(', ');
}
