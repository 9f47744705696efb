import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '../../../errors.js';
import type { DatasetFolder } from '../datasetFolder.js';
import type { Repair } from '../problem.js';
import { FileRewrite, requireFree } from './fileRewrite.js';
import { lineBatches, UnreadableLinesError } from './lineBatches.js';
import { ObjectScanner } from './objectScanner.js';

/** Every so many lines one goes to the validation file. */
const everyFifth = 5;

/** A list, or objects over several lines, as one object per line: beside `data.json`, in place for `data.jsonl`. */
export function toJsonLines(folder: DatasetFolder, path: string): Repair {
  const isJson = /\.json$/i.test(path);
  const target = isJson ? `${path}l` : path;
  return {
    title: isJson ? `Write ${target} with one object per line` : `Write one object per line into ${path}`,
    changes: isJson ? [] : [path],
    apply: async (signal) => {
      if (isJson) await requireFree(join(folder.path, target));
      const count = await rewrite(folder, target, signal, (file) => copyObjects(folder, path, file, signal));
      return `${target} holds ${count.toLocaleString('en')} objects now, one per line.`;
    },
  };
}

/** The file without the three bytes that Windows programs put at its beginning. */
export function withoutByteOrderMark(folder: DatasetFolder, path: string): Repair {
  return {
    title: `Remove the byte order mark from ${path}`,
    changes: [path],
    apply: async (signal) => {
      await rewrite(folder, path, signal, async (file) => {
        for await (const { lines } of lineBatches(folder, path, signal)) {
          await file.write(lines.map((line) => `${line}\n`).join(''));
        }
      });
      return `${path} begins with its first line now.`;
    },
  };
}

/** Every fifth line goes to `validation.jsonl` beside the file. */
export function splitForValidation(folder: DatasetFolder, path: string): Repair {
  const target = path.replace(/[^/]*$/, 'validation.jsonl');
  return {
    title: 'Split off 20 % for validation',
    changes: [path],
    apply: async (signal) => {
      await requireFree(join(folder.path, target));
      const count = await splitInto(folder, path, target, signal);
      return `${target} holds every fifth line of ${path} now: ${count.toLocaleString('en')}.`;
    },
  };
}

async function rewrite<T>(
  folder: DatasetFolder,
  target: string,
  signal: AbortSignal,
  fill: (file: FileRewrite) => Promise<T>,
): Promise<T> {
  const file = await FileRewrite.begin(join(folder.path, target));
  try {
    const result = await fill(file);
    signal.throwIfAborted();
    await file.commit();
    return result;
  } catch (error) {
    await file.discard();
    throw error;
  }
}

/** @throws {InputError} it is not objects of valid JSON, or there are none */
async function copyObjects(
  folder: DatasetFolder,
  path: string,
  file: FileRewrite,
  signal: AbortSignal,
): Promise<number> {
  const scanner = new ObjectScanner();
  let count = 0;
  for await (const text of textOf(folder, path, signal)) {
    for (const object of scanner.push(text)) {
      count += 1;
      await file.write(`${oneLine(object, path, count)}\n`);
    }
  }
  if (scanner.isOpen)
    throw new InputError(`${path} ends in the middle of an object; it cannot be converted.`);
  if (count === 0) throw new InputError(`${path} holds no objects; there is nothing to convert.`);
  return count;
}

async function* textOf(folder: DatasetFolder, path: string, signal: AbortSignal): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    for await (const chunk of folder.stream(path, signal)) {
      yield decoder.decode(chunk as Buffer, { stream: true });
    }
  } catch (cause) {
    signal.throwIfAborted();
    throw new InputError(`${path} is not UTF-8 text; save it as UTF-8.`, { cause });
  }
}

function oneLine(object: string, path: string, number: number): string {
  try {
    return JSON.stringify(JSON.parse(object));
  } catch (cause) {
    throw new InputError(`Object ${number} of ${path} is not valid JSON; mend it and try again.`, { cause });
  }
}

/** The new file first: killed between the two, lines stand in both, and none is lost. */
async function splitInto(
  folder: DatasetFolder,
  path: string,
  target: string,
  signal: AbortSignal,
): Promise<number> {
  const validation = await FileRewrite.begin(join(folder.path, target));
  let count = 0;
  try {
    await rewrite(folder, path, signal, async (training) => {
      count = await distribute(folder, path, { training, validation }, signal);
      signal.throwIfAborted();
      await validation.commit();
    });
  } catch (error) {
    await validation.discard();
    // It was not there before.
    await rm(join(folder.path, target), { force: true });
    throw error instanceof UnreadableLinesError
      ? new InputError(`Line ${error.line} of ${path} cannot be read; mend it and try again.`, {
          cause: error,
        })
      : error;
  }
  return count;
}

async function distribute(
  folder: DatasetFolder,
  path: string,
  files: { readonly training: FileRewrite; readonly validation: FileRewrite },
  signal: AbortSignal,
): Promise<number> {
  let number = 0;
  let count = 0;
  for await (const { lines } of lineBatches(folder, path, signal)) {
    for (const line of lines) {
      if (line.trim() === '') continue;
      number += 1;
      const isHeldBack = number % everyFifth === 0;
      if (isHeldBack) count += 1;
      await (isHeldBack ? files.validation : files.training).write(`${line}\n`);
    }
  }
  return count;
}
