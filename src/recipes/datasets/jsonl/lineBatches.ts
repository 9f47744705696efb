import { isUtf8 } from 'node:buffer';
import type { DatasetFolder } from '../datasetFolder.js';

/** A line is an example; a longer one is something else, like a whole dataset written into one line. */
const longestLineChars = 32 * 1024 * 1024;
const newline = 0x0a;

/** Lines that were read together. */
export interface LineBatch {
  readonly lines: readonly string[];
  /** The number of the first of them, from 1. */
  readonly firstLine: number;
  /** Of the file so far. */
  readonly bytesRead: number;
}

/** The file is not lines of UTF-8 text. */
export class UnreadableLinesError extends Error {
  readonly reason: 'encoding' | 'length';
  /** The first line, from 1, that could not be read. */
  readonly line: number;

  constructor(reason: UnreadableLinesError['reason'], line: number, cause?: unknown) {
    super(`Line ${line} cannot be read: ${reason}.`, { cause });
    this.name = new.target.name;
    this.reason = reason;
    this.line = line;
  }
}

/**
 * The lines of a UTF-8 file without their ends and without a byte order mark, in constant memory.
 * @throws {UnreadableLinesError} a line is no UTF-8 text, or is endless
 * @throws {InputError} the file cannot be read
 */
export async function* lineBatches(
  folder: DatasetFolder,
  path: string,
  signal: AbortSignal,
): AsyncGenerator<LineBatch> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let rest = '';
  let firstLine = 1;
  let bytesRead = 0;
  for await (const chunk of chunksOf(folder, path, signal)) {
    bytesRead += chunk.length;
    const lines = (rest + decode(decoder, chunk, firstLine)).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > longestLineChars) throw new UnreadableLinesError('length', firstLine + lines.length);
    yield { lines, firstLine, bytesRead };
    firstLine += lines.length;
  }
  rest += decode(decoder, undefined, firstLine);
  if (rest !== '') yield { lines: [rest], firstLine, bytesRead };
}

async function* chunksOf(folder: DatasetFolder, path: string, signal: AbortSignal): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of folder.stream(path, signal)) {
      signal.throwIfAborted();
      yield chunk as Buffer;
    }
  } catch (error) {
    signal.throwIfAborted();
    throw folder.unreadable(path, error);
  }
}

/** `undefined` ends the text: a letter must not be left half. */
function decode(
  decoder: InstanceType<typeof TextDecoder>,
  chunk: Buffer | undefined,
  firstLine: number,
): string {
  try {
    return chunk ? decoder.decode(chunk, { stream: true }) : decoder.decode();
  } catch (error) {
    throw new UnreadableLinesError('encoding', firstLine + (chunk ? badLineOf(chunk) : 0), error);
  }
}

/** How many lines of the chunk are whole and good before the bad one. */
function badLineOf(chunk: Buffer): number {
  let start = 0;
  // Bytes that end a letter of the chunk before.
  while (start < 3 && ((chunk[start] ?? 0) & 0xc0) === 0x80) start += 1;
  for (let line = 0; ; line += 1) {
    const end = chunk.indexOf(newline, start);
    if (end === -1 || !isUtf8(chunk.subarray(start, end))) return line;
    start = end + 1;
  }
}
