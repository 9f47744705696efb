import { constants, gunzipSync } from 'node:zlib';
import type { DatasetFile, DatasetFolder } from './datasetFolder.js';
import { problem, type Problem, type Repair } from './problem.js';
import { renameTable, saveAsUtf8, type OtherEncoding } from './tableRepair.js';

const sampleBytes = 64 * 1024;
const sampleLines = 50;
const separators = [',', ';', '\t', '|'] as const;

/** How the bytes of a table become cells. */
export interface TableFormat {
  readonly separator: string;
  readonly gzip: boolean;
}

export type FormatGuess =
  | { readonly kind: 'format'; readonly format: TableFormat }
  | { readonly kind: 'problem'; readonly problem: Problem };

/** Looks at the beginning of a table; the problem says why it is none. */
export async function guessFormat(folder: DatasetFolder, file: DatasetFile): Promise<FormatGuess> {
  const head = await folder.head(file.path, sampleBytes);
  const gzip = /\.gz$/i.test(file.path);
  const bytes = gzip ? unzippedHead(head) : head;
  const reason = bytes === undefined ? notGzip : reasonNotText(bytes);
  if (bytes === undefined || reason !== undefined) return notATable(folder, file, reason ?? notGzip);
  return { kind: 'format', format: { separator: guessSeparator(file.path, bytes.toString('latin1')), gzip } };
}

interface Reason {
  readonly code: string;
  readonly what: string;
  readonly fix: string;
  readonly repair?: (folder: DatasetFolder, path: string) => Repair;
}

const notGzip: Reason = {
  code: 'table.not-gzip',
  what: 'is not compressed although its name ends in .gz',
  fix: 'Take .gz off its name.',
  repair: (folder, path) => renameTable(folder, path, path.slice(0, -'.gz'.length)),
};

const compressed: Reason = {
  code: 'table.not-text',
  what: 'is compressed with gzip',
  fix: 'Let its name end in .csv.gz.',
  repair: (folder, path) => renameTable(folder, path, `${path}.gz`),
};

/** Formats that often carry a name ending in .csv, by their first bytes. */
const signatures: readonly { readonly start: readonly number[]; readonly reason: Reason }[] = [
  { start: [0x50, 0x4b, 3, 4], reason: binary('is an Excel or zip file', 'Export it as CSV.') },
  { start: [0xd0, 0xcf, 0x11, 0xe0], reason: binary('is an old Excel file', 'Export it as CSV.') },
  { start: [0x1f, 0x8b], reason: compressed },
  { start: [0x50, 0x41, 0x52, 0x31], reason: binary('is a Parquet file', 'Export it as CSV.') },
  { start: [0xff, 0xfe], reason: utf16('utf-16le') },
  { start: [0xfe, 0xff], reason: utf16('utf-16be') },
];

function binary(what: string, fix: string): Reason {
  return { code: 'table.not-text', what, fix };
}

function utf16(encoding: OtherEncoding): Reason {
  return {
    ...binary('is UTF-16 text', 'Save it as UTF-8.'),
    repair: (folder, path) => saveAsUtf8(folder, path, encoding),
  };
}

function reasonNotText(bytes: Buffer): Reason | undefined {
  if (
    bytes
      .toString('utf8')
      .replace(/^\uFEFF/, '')
      .trim() === ''
  ) {
    return { code: 'table.empty', what: 'is empty', fix: 'Give it a header line and rows.' };
  }
  const signature = signatures.find(({ start }) => start.every((byte, index) => bytes[index] === byte));
  if (signature) return signature.reason;
  return bytes.includes(0)
    ? binary('holds zero bytes and is no text file', 'Export it as CSV in UTF-8.')
    : undefined;
}

function notATable(folder: DatasetFolder, { path }: DatasetFile, reason: Reason): FormatGuess {
  const repair = reason.repair?.(folder, path);
  const place = { file: path, fix: reason.fix, ...(repair && { repair }) };
  return { kind: 'problem', problem: problem('error', reason.code, `${path} ${reason.what}.`, place) };
}

/** What the first bytes of a compressed file unpack to; `undefined` when it is not compressed. */
function unzippedHead(head: Buffer): Buffer | undefined {
  try {
    return gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, sampleBytes);
  } catch {
    return undefined;
  }
}

/**
 * A tab for .tsv; else the character that stands equally often on the most lines, as often as on the first.
 * runtime/recipes/table_reader.py guesses by the same rule.
 */
function guessSeparator(path: string, text: string): string {
  if (/\.tsv(\.gz)?$/i.test(path)) return '\t';
  const lines = text
    .split(/\r\n|\r|\n/)
    .slice(0, sampleLines)
    .filter((line) => line.trim() !== '');
  const score = (separator: string): number => {
    const expected = countOutsideQuotes(lines[0] ?? '', separator);
    if (expected === 0) return 0;
    return (
      lines.filter((line) => countOutsideQuotes(line, separator) === expected).length / lines.length +
      expected / 1e6
    );
  };
  return separators.reduce<string>(
    (best, candidate) => (score(candidate) > score(best) ? candidate : best),
    ',',
  );
}

function countOutsideQuotes(line: string, separator: string): number {
  return line.replace(/"[^"]*"/g, '').split(separator).length - 1;
}
