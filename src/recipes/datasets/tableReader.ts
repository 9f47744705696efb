import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { CsvError, parse } from 'csv-parse';
import type { DatasetFolder } from './datasetFolder.js';
import type { TableFormat } from './tableFormat.js';

/** Longer rows mean a quote that was never closed. */
const longestRowChars = 4 * 1024 * 1024;

/** How the text of a table is encoded; what is not UTF-8 is taken for what Excel writes in Western languages. */
export type TableEncoding = 'utf-8' | 'windows-1252';

/** Gets every row, the header first, without blank rows. `line` is the line of the file the row ends on, from 1. */
export type RowVisitor = (cells: readonly string[], line: number) => void;

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
 * Streams a table through `visit` in constant memory.
 * @throws {UnreadableTableError} the content is not what it should be
 * @throws {InputError} the file cannot be read
 */
export async function readTable(
  folder: DatasetFolder,
  path: string,
  format: TableFormat & { readonly encoding: TableEncoding },
  visit: RowVisitor,
  signal: AbortSignal,
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
  const source = folder.stream(path, signal);
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
