import { ColumnProfile } from './columnProfile.js';
import type { DatasetFolder } from './datasetFolder.js';
import type { TableFormat } from './tableFormat.js';
import { readTable, UnreadableTableError, type TableEncoding } from './tableReader.js';
import { TargetTwin } from './targetTwin.js';

/** Rows with another number of cells than the header. */
export interface RaggedRows {
  readonly count: number;
  /** From 1. */
  readonly firstLine: number;
  readonly firstCells: number;
}

/** Everything the checks need to know of a table, read in one go. */
export interface TableProfile {
  /** As the header says, trimmed; a column without a name is called `Unnamed: 3` (counted from 0), as pandas does. */
  readonly names: readonly string[];
  readonly columns: readonly ColumnProfile[];
  readonly rows: number;
  readonly encoding: TableEncoding;
  readonly longRows: RaggedRows | undefined;
  readonly shortRows: RaggedRows | undefined;
  /** Names of columns that are the target in other words. */
  readonly twins: readonly string[];
}

/**
 * Reads the whole table, as UTF-8 or else as Windows-1252.
 * @param targetOf the index of the column to learn, given the names; `undefined` when there is none
 * @throws {UnreadableTableError | InputError}
 */
export async function profileTable(
  folder: DatasetFolder,
  path: string,
  format: TableFormat,
  targetOf: (names: readonly string[]) => number | undefined,
  signal: AbortSignal,
): Promise<TableProfile> {
  const read = async (encoding: TableEncoding): Promise<TableProfile> => {
    const table = new GrowingProfile(encoding, targetOf);
    const visit = (cells: readonly string[], line: number) => table.add(cells, line);
    await readTable(folder, path, { ...format, encoding }, visit, signal);
    return table;
  };
  try {
    return await read('utf-8');
  } catch (error) {
    if (error instanceof UnreadableTableError && error.reason === 'encoding') return read('windows-1252');
    throw error;
  }
}

class GrowingProfile implements TableProfile {
  readonly encoding: TableEncoding;
  columns: readonly ColumnProfile[] = [];
  rows = 0;
  longRows: RaggedRows | undefined;
  shortRows: RaggedRows | undefined;
  #target: number | undefined;
  #twins: readonly TargetTwin[] = [];
  readonly #targetOf: (names: readonly string[]) => number | undefined;

  constructor(encoding: TableEncoding, targetOf: (names: readonly string[]) => number | undefined) {
    this.encoding = encoding;
    this.#targetOf = targetOf;
  }

  get names(): readonly string[] {
    return this.columns.map((column) => column.name);
  }

  get twins(): readonly string[] {
    return this.names.filter((_, index) => index !== this.#target && this.#twins[index]?.isTwin);
  }

  add(cells: readonly string[], line: number): void {
    if (this.columns.length === 0) this.#addHeader(cells);
    else
      this.#addRow(
        cells.map((cell) => cell.trim()),
        line,
      );
  }

  #addHeader(cells: readonly string[]): void {
    this.columns = cells.map((cell, index) => new ColumnProfile(cell.trim() || `Unnamed: ${index}`));
    this.#twins = cells.map(() => new TargetTwin());
    this.#target = this.#targetOf(this.names);
  }

  #addRow(cells: readonly string[], line: number): void {
    this.rows += 1;
    if (cells.length > this.columns.length) this.longRows = ragged(this.longRows, cells.length, line);
    if (cells.length < this.columns.length) this.shortRows = ragged(this.shortRows, cells.length, line);
    const target = this.#target === undefined ? undefined : cells[this.#target];
    this.columns.forEach((column, index) => {
      const cell = cells[index] ?? '';
      column.add(cell);
      if (target !== undefined) this.#twins[index]?.add(cell, target);
    });
  }
}

function ragged(before: RaggedRows | undefined, cells: number, line: number): RaggedRows {
  return before ? { ...before, count: before.count + 1 } : { count: 1, firstLine: line, firstCells: cells };
}
