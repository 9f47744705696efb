import type { DatasetFolder } from './datasetFolder.js';
import { problem, type Problem } from './problem.js';
import type { RaggedRows, TableProfile } from './tableProfile.js';
import type { UnreadableTableError } from './tableReader.js';
import { saveAsUtf8 } from './tableRepair.js';

/** What a table that cannot be read to its end is told. */
export function unreadableTableProblem(file: string, error: UnreadableTableError): Problem {
  switch (error.reason) {
    case 'encoding':
      return problem('error', 'table.encoding', `${file} is neither UTF-8 nor Windows-1252 text.`, {
        file,
        line: error.line,
        fix: 'Save it as UTF-8.',
      });
    case 'compression':
      return problem(
        'error',
        'table.damaged',
        `${file} is damaged: it does not unpack after line ${error.line - 1}.`,
        {
          file,
          line: error.line,
          fix: 'Compress it again with gzip.',
        },
      );
    case 'quotes':
      return problem(
        'error',
        'table.open-quote',
        `${file} has a quote at or after line ${error.line} that never closes.`,
        {
          file,
          line: error.line,
          fix: 'Close it, or write a quote inside a quoted cell twice ("").',
        },
      );
  }
}

/** What is wrong with the shape of a table, whatever is learned from it. */
export function formProblems(folder: DatasetFolder, file: string, profile: TableProfile): Problem[] {
  return [
    ...rowCountProblem(file, profile),
    ...numericHeaderProblem(file, profile),
    ...oneColumnProblem(file, profile),
    ...raggedProblems(file, profile),
    ...duplicateNameProblem(file, profile),
    ...encodingProblem(folder, file, profile),
  ];
}

function rowCountProblem(file: string, { rows }: TableProfile): Problem[] {
  if (rows > 0) return [];
  const fix = 'Add rows below the column names.';
  return [
    problem('error', 'table.header-only', `${file} has a header line but no rows.`, { file, line: 1, fix }),
  ];
}

function numericHeaderProblem(file: string, { names }: TableProfile): Problem[] {
  if (names.length === 0 || !names.every((name) => /^[+-]?(\d+[.,]?\d*|[.,]\d+)(e[+-]?\d+)?$/i.test(name)))
    return [];
  const message = `The first line of ${file} holds numbers, not the names of the columns.`;
  const fix = 'Put a line with a name for every column first.';
  return [problem('error', 'table.no-header', message, { file, line: 1, fix })];
}

/** A single name that looks like several is one of a separator nobody expected. */
function oneColumnProblem(file: string, { names: [name = '', ...others] }: TableProfile): Problem[] {
  if (others.length > 0 || !/[\s:~^]/.test(name)) return [];
  const message = `${file} has a single column, '${name}'; its cells are not separated by , ; | or a tab.`;
  const fix = 'Separate them by commas.';
  return [problem('error', 'table.one-column', message, { file, line: 1, fix })];
}

function raggedProblems(file: string, { names, longRows, shortRows }: TableProfile): Problem[] {
  const problems: Problem[] = [];
  if (longRows) {
    const fix = 'Put cells that contain the separator in double quotes, or use one separator throughout.';
    const message = `${raggedMessage(file, longRows, names.length)}.`;
    problems.push(problem('error', 'table.ragged', message, { file, line: longRows.firstLine, fix }));
  }
  if (shortRows) {
    const message = `${raggedMessage(file, shortRows, names.length)}; the missing cells count as gaps.`;
    problems.push(problem('warning', 'table.short-rows', message, { file, line: shortRows.firstLine }));
  }
  return problems;
}

function raggedMessage(file: string, { count, firstLine, firstCells }: RaggedRows, expected: number): string {
  const more = count > 1 ? ` (and ${count - 1} more like it)` : '';
  const cells = firstCells === 1 ? '1 column' : `${firstCells} columns`;
  return `Line ${firstLine} of ${file}${more} has ${cells}, the header has ${expected}`;
}

function duplicateNameProblem(file: string, { names }: TableProfile): Problem[] {
  const name = names.find((candidate, index) => names.indexOf(candidate) !== index);
  if (name === undefined) return [];
  const message = `${file} has more than one column called '${name}'.`;
  return [
    problem('error', 'table.duplicate-column', message, { file, line: 1, fix: 'Give each its own name.' }),
  ];
}

function encodingProblem(folder: DatasetFolder, file: string, { encoding }: TableProfile): Problem[] {
  if (encoding === 'utf-8') return [];
  const message = `${file} is not UTF-8; it is read as Windows-1252, and special letters may come out wrong.`;
  const repair = saveAsUtf8(folder, file, encoding);
  return [problem('warning', 'table.encoding', message, { file, fix: 'Save it as UTF-8.', repair })];
}
