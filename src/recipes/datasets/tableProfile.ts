import { isUtf8 } from 'node:buffer';
import { ColumnProfile } from './columnProfile.js';
import { TextBudget } from './columnValues.js';
import type { DatasetFolder } from './datasetFolder.js';
import type { TableFormat } from './tableFormat.js';
import {
  readTable,
  scanTable,
  UnreadableTableError,
  type OnBytesRead,
  type TableEncoding,
} from './tableReader.js';
import type { ScannedRow } from './tableScanner.js';
import { TargetTwin } from './targetTwin.js';

/** Up to so many columns of a table have all the values counted that any check asks for. */
const mostWellCounted = 200;
const mostValues = 10_000;
const mostValuesOfWideTable = 1_000;

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

/** What somebody who wants to know about a table asks. */
export interface ProfileWish {
  readonly path: string;
  readonly format: TableFormat;
  /** The index of the column to learn, given the names; `undefined` when there is none. */
  readonly targetOf: (names: readonly string[]) => number | undefined;
  readonly onBytesRead?: OnBytesRead;
}

/**
 * Reads the whole table, as UTF-8 or else as Windows-1252: by a scan of its bytes, or by a parser where its quotes are
 * not regular.
 * @throws {UnreadableTableError | InputError}
 */
export async function profileTable(
  folder: DatasetFolder,
  wish: ProfileWish,
  signal: AbortSignal,
): Promise<TableProfile> {
  const scanned = new GrowingProfile(wish);
  const encoding = await scanTable(
    folder,
    wish.path,
    wish.format,
    (row) => scanned.add(row),
    signal,
    wish.onBytesRead,
  );
  if (encoding !== undefined) return scanned.finish(encoding);
  try {
    return await parseProfile(folder, wish, 'utf-8', signal);
  } catch (error) {
    if (!(error instanceof UnreadableTableError) || error.reason !== 'encoding') throw error;
    return parseProfile(folder, wish, 'windows-1252', signal);
  }
}

async function parseProfile(
  folder: DatasetFolder,
  wish: ProfileWish,
  encoding: TableEncoding,
  signal: AbortSignal,
): Promise<TableProfile> {
  const parsed = new GrowingProfile(wish);
  const visit = (cells: readonly string[], line: number) => parsed.add(toRow(cells, line));
  await readTable(folder, wish.path, { ...wish.format, encoding }, visit, signal, wish.onBytesRead);
  return { ...parsed.finish('utf-8'), encoding };
}

/** The cells of a parser as the scanner would have found them. */
function toRow(cells: readonly string[], line: number): ScannedRow {
  const trimmed = cells.map((cell) => Buffer.from(cell.trim()));
  const ends = new Int32Array(cells.length);
  let end = 0;
  trimmed.forEach((cell, index) => (ends[index] = end += cell.length));
  const starts = Int32Array.from(ends, (at, index) => at - (trimmed[index]?.length ?? 0));
  return { bytes: Buffer.concat(trimmed), count: cells.length, starts, ends, line };
}

class GrowingProfile {
  readonly #targetOf: ProfileWish['targetOf'];
  #columns: readonly ColumnProfile[] = [];
  #target: { readonly index: number; readonly column: ColumnProfile } | undefined;
  #twins: readonly TargetTwin[] = [];
  /** Indices of the columns that may still be the target in other words. */
  #candidates: number[] = [];
  #identities = new Int32Array(0);
  #rows = 0;
  #longRows: RaggedRows | undefined;
  #shortRows: RaggedRows | undefined;

  constructor(wish: ProfileWish) {
    this.#targetOf = wish.targetOf;
  }

  add(row: ScannedRow): void {
    if (this.#columns.length === 0) this.#addHeader(row);
    else this.#addRow(row);
  }

  finish(encoding: TableEncoding): TableProfile {
    const names = this.#columns.map((column) => column.name);
    for (const column of this.#columns) column.encoding = encoding;
    return {
      names,
      columns: this.#columns,
      rows: this.#rows,
      encoding,
      longRows: this.#longRows,
      shortRows: this.#shortRows,
      twins: this.#candidates
        .filter((index) => this.#twins[index]?.isTwin)
        .map((index) => names[index] ?? ''),
    };
  }

  #addHeader({ bytes, count, starts, ends }: ScannedRow): void {
    const names = Array.from({ length: count }, (_, index) =>
      toName(bytes.subarray(starts[index], ends[index]), index),
    );
    const most = count > mostWellCounted ? mostValuesOfWideTable : mostValues;
    const budget = new TextBudget();
    const target = this.#targetOf(names) ?? -1;
    this.#columns = names.map(
      (name, index) => new ColumnProfile(name, index === target ? mostValues : most, budget),
    );
    const column = this.#columns[target];
    if (!column) return;
    this.#target = { index: target, column };
    this.#twins = names.map(() => new TargetTwin());
    this.#candidates = [...names.keys()].filter((index) => index !== target);
    this.#identities = new Int32Array(count);
  }

  #addRow(row: ScannedRow): void {
    const { bytes, count, starts, ends, line } = row;
    const columns = this.#columns;
    this.#rows += 1;
    if (count > columns.length) this.#longRows = ragged(this.#longRows, count, line);
    if (count < columns.length) this.#shortRows = ragged(this.#shortRows, count, line);
    for (let index = 0; index < columns.length; index += 1) {
      const start = index < count ? (starts[index] ?? 0) : 0;
      const end = index < count ? (ends[index] ?? 0) : 0;
      this.#identities[index] = columns[index]?.add(bytes, start, end) ?? 0;
    }
    if (this.#target && this.#candidates.length > 0) this.#compare(this.#target.index, this.#target.column);
  }

  #compare(target: number, targetColumn: ColumnProfile): void {
    let isLosing = false;
    for (const index of this.#candidates) {
      const twin = this.#twins[index];
      const column = this.#columns[index];
      if (!twin || !column) continue;
      twin.add(this.#identities[index] ?? -1, column, this.#identities[target] ?? -1, targetColumn);
      isLosing ||= !twin.isPossible;
    }
    if (isLosing) this.#candidates = this.#candidates.filter((index) => this.#twins[index]?.isPossible);
  }
}

/** A column without a name is called `Unnamed: 3` (counted from 0), as pandas does. */
function toName(cell: Buffer, index: number): string {
  const name = new TextDecoder(isUtf8(cell) ? 'utf-8' : 'windows-1252').decode(cell);
  return name.trim() || `Unnamed: ${index}`;
}

function ragged(before: RaggedRows | undefined, cells: number, line: number): RaggedRows {
  return before ? { ...before, count: before.count + 1 } : { count: 1, firstLine: line, firstCells: cells };
}
