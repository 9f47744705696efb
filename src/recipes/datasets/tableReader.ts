import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { CsvError, parse } from 'csv-parse';
import type { DatasetFolder } from './datasetFolder.js';
import type { TableFormat } from './tableFormat.js';
import { TableScanner, type ScanVisitor } from './tableScanner.js';

/** Longer rows mean a quote that was never closed. */
const longestRowChars = 4 * 1024 * 1024;

/** How the text of a table is encoded; what is not UTF-8 is taken for what Excel writes in Western languages. */
export type TableEncoding = 'utf-8' | 'windows-1252';

/** Gets every row, the header first, without blank rows. `line` is the line of the file the row ends on, from 1. */
export type RowVisitor = (cells: readonly string[], line: number) => void;

/** How much of the file was read. */
export type OnBytesRead = (bytes: number) => void;

/** The content is not what the encoding, the compression or the quotes promise. */
export class UnreadableTableError extends Error {
  readonly reason: 'encoding' | 'compression' | 'quotes';
  /** The first line, from 1, that could not be read. */
  readonly line: number;

  constructor(reason: UnreadableTableError['reason'], line: number, cause: unknown) {
    super(`Line ${line} of the table cannot be read: ${reason}.`, { cause });
    this.name = new.target.name;
    this.reason = reason;
    this.line = line;
  }
}

/**
 * Scans the bytes of a table in constant memory.
 * @returns how its text is encoded; `undefined` when it is not regular and {@link readTable} has to read it
 * @throws {UnreadableTableError} it does not unpack
 * @throws {InputError} the file cannot be read
 */
export async function scanTable(
  folder: DatasetFolder,
  path: string,
  format: TableFormat,
  visit: ScanVisitor,
  signal: AbortSignal,
  onBytesRead?: OnBytesRead,
): Promise<TableEncoding | undefined> {
  let lastLine = 0;
  const scanner = new TableScanner(format.separator, (row) => {
    lastLine = row.line;
    visit(row);
  });
  const scan = async (chunks: AsyncIterable<Buffer>): Promise<void> => {
    for await (const chunk of chunks) {
      scanner.push(chunk);
      if (scanner.isIrregular) return;
    }
    scanner.end();
  };
  const source = countBytes(folder.stream(path, signal), onBytesRead);
  try {
    if (format.gzip) await pipeline(source, createGunzip(), scan, { signal });
    else await pipeline(source, scan, { signal });
  } catch (error) {
    signal.throwIfAborted();
    // Ending before the end of the file counts as an error where it is unpacked.
    if (scanner.isIrregular) return undefined;
    const reason = reasonOf(error);
    throw reason ? new UnreadableTableError(reason, lastLine + 1, error) : folder.unreadable(path, error);
  }
  if (scanner.isIrregular) return undefined;
  return scanner.isUtf8 ? 'utf-8' : 'windows-1252';
}

/**
 * Streams a table through a parser and `visit` in constant memory.
 * @throws {UnreadableTableError} the content is not what it should be
 * @throws {InputError} the file cannot be read
 */
export async function readTable(
  folder: DatasetFolder,
  path: string,
  format: TableFormat & { readonly encoding: TableEncoding },
  visit: RowVisitor,
  signal: AbortSignal,
  onBytesRead?: OnBytesRead,
): Promise<void> {
  let lastLine = 0;
  const parser = parse({
    delimiter: format.separator,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    ltrim: true,
    max_record_size: longestRowChars,
    on_record: (cells, { lines }) => {
      lastLine = lines;
      visit(cells, lines);
      return null;
    },
  });
  const source = countBytes(folder.stream(path, signal), onBytesRead);
  const decode = decoder(format.encoding);
  try {
    parser.resume();
    if (format.gzip) await pipeline(source, createGunzip(), decode, parser, { signal });
    else await pipeline(source, decode, parser, { signal });
  } catch (error) {
    signal.throwIfAborted();
    const reason = reasonOf(error);
    throw reason ? new UnreadableTableError(reason, lastLine + 1, error) : folder.unreadable(path, error);
  }
}

function countBytes(source: Readable, onBytesRead: OnBytesRead | undefined): Readable {
  if (!onBytesRead) return source;
  let bytes = 0;
  return source.on('data', (chunk: Buffer) => onBytesRead((bytes += chunk.length)));
}

/** Strict about UTF-8, and drops its byte order mark. */
function decoder(encoding: TableEncoding): (chunks: AsyncIterable<Buffer>) => AsyncGenerator<string> {
  return async function* (chunks) {
    const text = new TextDecoder(encoding, { fatal: true });
    for await (const chunk of chunks) yield text.decode(chunk, { stream: true });
    yield text.decode();
  };
}

function reasonOf(error: unknown): UnreadableTableError['reason'] | undefined {
  if (error instanceof CsvError) return 'quotes';
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return 'encoding';
  return code.startsWith('Z_') ? 'compression' : undefined;
}
