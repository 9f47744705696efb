import type { DatasetFile, DatasetFolder } from '../datasetFolder.js';
import { problem, type Problem } from '../problem.js';
import { isObject, kindOf, type ExampleKind } from './exampleKind.js';
import { toJsonLines, withoutByteOrderMark } from './jsonlRepairs.js';
import { ObjectScanner } from './objectScanner.js';

const headBytes = 256 * 1024;
const byteOrderMark = '\uFEFF';

/** How a file begins. */
export interface FileHead {
  /** Without a byte order mark; the last line may be cut. */
  readonly text: string;
  readonly hasMark: boolean;
  /** Two bytes per letter, as Windows' Unicode text. */
  readonly isUtf16: boolean;
}

export async function headOf(folder: DatasetFolder, file: DatasetFile): Promise<FileHead> {
  const bytes = await folder.head(file.path, Math.min(headBytes, file.bytes));
  const text = bytes.toString('utf8');
  const hasMark = text.startsWith(byteOrderMark);
  const isUtf16 =
    bytes.length > 1 &&
    ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff));
  return { text: hasMark ? text.slice(1) : text, hasMark, isUtf16 };
}

/** The kind of the first whole object that is an example, however it is written. */
export function kindInHead({ text }: FileHead): ExampleKind | undefined {
  for (const object of new ObjectScanner().push(text)) {
    try {
      const value: unknown = JSON.parse(object);
      const kind = isObject(value) ? kindOf(value) : undefined;
      if (kind) return kind;
    } catch {
      // What is broken is for the check to say.
    }
  }
  return undefined;
}

export function isList({ text }: FileHead): boolean {
  return /^\s*\[/.test(text);
}

/** What is wrong with a file of JSON Lines as a whole. An error means that its lines are not worth reading. */
export async function formProblems(folder: DatasetFolder, file: DatasetFile): Promise<Problem[]> {
  const head = await headOf(folder, file);
  const place = { file: file.path, line: 1 };
  if (head.isUtf16) {
    const fix = 'Save it as UTF-8.';
    return [problem('error', 'jsonl.encoding', `${file.path} is UTF-16 text, not UTF-8.`, { ...place, fix })];
  }
  if (isList(head)) return [listProblem(folder, file.path)];
  if (isSpread(head)) {
    const message = `${file.path} holds objects that go over several lines; every object needs one line.`;
    const repair = toJsonLines(folder, file.path);
    return [problem('error', 'jsonl.pretty-printed', message, { ...place, fix: `${repair.title}.`, repair })];
  }
  if (!head.hasMark) return [];
  const message = `${file.path} begins with a byte order mark, at which other programs stumble.`;
  return [
    problem('hint', 'jsonl.byte-order-mark', message, {
      ...place,
      repair: withoutByteOrderMark(folder, file.path),
    }),
  ];
}

/** For a list of examples in one file, whatever the file is called. */
export function listProblem(folder: DatasetFolder, path: string): Problem {
  const message = `${path} is a JSON list, not JSON Lines.`;
  const repair = toJsonLines(folder, path);
  return problem('error', 'jsonl.list', message, { file: path, line: 1, fix: `${repair.title}.`, repair });
}

/** The first object goes over several lines. */
function isSpread({ text }: FileHead): boolean {
  const [first = '', second = ''] = text.trimStart().split('\n', 2);
  const begins = first.trim();
  if (!begins.startsWith('{')) return false;
  return (
    begins === '{' ||
    (begins.endsWith(',') && /^\s+"/.test(second)) ||
    (begins.endsWith('{') && /^\s+"/.test(second))
  );
}
