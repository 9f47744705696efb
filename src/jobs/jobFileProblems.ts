import * as v from 'valibot';
import { isCollection, isMap, isNode, isScalar, isSeq, parseDocument, type Document, type Pair } from 'yaml';
import { messageOf } from '../errors.js';
import { nearestName } from '../nearest.js';
import { jobFileSchema, type JobFileContent, type JobFileIssue } from './jobFileSchema.js';

/** What is wrong with a run file, and at which characters of it. */
export interface JobFileProblem {
  /** One sentence without the place, perhaps a second one with what to do. */
  readonly message: string;
  /** `null`: the file as a whole. */
  readonly range: Range | null;
}

/** Offsets in the text; the end is behind the last character. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** Until one job can use more than one machine. */
export const severalMachines =
  'A training on several machines at once is not supported yet. Ask for one machine with several GPUs.';

/** A text as far as it could be read. */
export interface JobFileReading {
  readonly document: Document;
  /** `null` when something is wrong. */
  readonly content: JobFileContent | null;
  /** In the order in which they are best mended; none when there is a content. */
  readonly problems: readonly JobFileProblem[];
}

/** Reads a text by the schema; what is wrong with it is data. */
export function readJobFile(text: string): JobFileReading {
  const document = parseDocument(text);
  const wrong = (problems: readonly JobFileProblem[]): JobFileReading => ({
    document,
    content: null,
    problems,
  });
  if (document.errors.length > 0) return wrong(document.errors.map(ofSyntax));
  let plain: unknown;
  try {
    // Aliases are followed only here: one may lead nowhere, or too many places at once.
    plain = document.toJS();
  } catch (cause) {
    return wrong([{ message: withoutPosition(messageOf(cause)), range: null }]);
  }
  const parsed = v.safeParse(jobFileSchema, plain);
  if (parsed.success) return { document, content: parsed.output, problems: [] };
  return wrong(parsed.issues.flatMap((issue) => problemsOf(issue, document)));
}

const ofSyntax = ({ message, pos: [start, end] }: Document['errors'][number]): JobFileProblem => ({
  message: withoutPosition(message),
  range: { start, end },
});

/** The message of the YAML reader, as one sentence. */
const withoutPosition = (message: string): string =>
  `${message.replace(/( at line \d+, column \d+:?)?(\n[^]*)?$/, '')}.`;

function problemsOf(issue: JobFileIssue, document: Document): JobFileProblem[] {
  const keys = (issue.path ?? []).map((item) => String(item.key));
  if (issue.type === 'strict_object' && issue.expected === 'never') return unknownFields(keys, document);
  const isMissing = issue.received === 'undefined';
  return [{ message: describe(issue, keys), range: isMissing ? startOf(document) : rangeOf(keys, document) }];
}

/** Of several unknown fields beside each other the schema names only the first. */
function unknownFields(keys: readonly string[], document: Document): JobFileProblem[] {
  const above = keys.slice(0, -1);
  const map = above.length === 0 ? document.contents : document.getIn(above, true);
  const known = siblings(keys);
  const names = isMap(map) ? map.items.map(({ key }) => (isScalar(key) ? String(key.value) : '')) : [];
  return names
    .filter((name) => !known.includes(name))
    .map((name) => {
      const suggestion = nearestName(name, known);
      const hint = suggestion === undefined ? 'Remove it.' : `Did you mean "${suggestion}"?`;
      const path = [...above, name];
      return {
        message: `there is no field "${path.join('.')}". ${hint}`,
        range: keyRangeOf(path, document),
      };
    });
}

function describe(issue: JobFileIssue, keys: readonly string[]): string {
  const field = keys.join('.');
  if (issue.type === 'max_value') return `"${field}" is above ${issue.requirement}. ${severalMachines}`;
  if (issue.type === 'integer') return `"${field}" must be a whole number; it is ${issue.received}.`;
  if (field === '') return 'a run file is a list of fields such as "dataset: ./data".';
  if (issue.received === 'undefined') return `the field "${field}" is missing.`;
  return `"${field}" must be ${words(issue.expected)}; it is ${issue.received}.`;
}

const kinds: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  boolean: 'true or false',
  Array: 'a list, as in [a, b]',
  Object: 'a list of fields',
  '(string | number | boolean)': 'one value: a text, a number, true or false',
  '(string | Array)': 'a text or a list of them',
};

const words = (expected: string | null): string =>
  expected === null
    ? 'something else'
    : (kinds[expected] ?? expected.replace(/^>=/, 'at least ').replace(/^>/, 'above ').replaceAll('|', 'or'));

function siblings(keys: readonly string[]): readonly string[] {
  const { entries } = jobFileSchema;
  const [first] = keys;
  if (keys.length < 2 || first === undefined) return Object.keys(entries);
  const nested: Record<string, readonly string[]> = {
    resources: Object.keys(entries.resources.wrapped.entries),
    limits: Object.keys(entries.limits.wrapped.entries),
    results: Object.keys(entries.results.wrapped.entries),
  };
  return nested[first] ?? [];
}

/** The value of the deepest part of the path that exists; its name where it has none. */
export function rangeOf(keys: readonly string[], document: Document): Range {
  const value = document.getIn(keys, true);
  if (!isNode(value) || !value.range) return keyRangeOf(keys, document);
  const isEmpty = isScalar(value) && value.value === null;
  return isEmpty ? keyRangeOf(keys, document) : { start: value.range[0], end: value.range[1] };
}

/** The name of the deepest part of the path that exists. */
export function keyRangeOf(keys: readonly string[], document: Document): Range {
  let node: unknown = document.contents;
  let range = startOf(document);
  for (const key of keys) {
    if (isSeq(node)) {
      node = node.get(Number(key), true);
    } else {
      const pair = pairOf(node, key);
      if (!pair) break;
      if (isNode(pair.key) && pair.key.range) range = { start: pair.key.range[0], end: pair.key.range[1] };
      node = pair.value;
    }
  }
  return range;
}

const pairOf = (node: unknown, key: string): Pair | undefined =>
  isMap(node) ? node.items.find((item) => isScalar(item.key) && String(item.key.value) === key) : undefined;

function startOf({ contents }: Document): Range {
  const start = isCollection(contents) ? (contents.range?.[0] ?? 0) : 0;
  return { start, end: start };
}
