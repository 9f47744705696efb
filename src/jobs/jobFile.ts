import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import * as v from 'valibot';
import { LineCounter, isMap, isNode, isScalar, parseDocument, stringify, type Document } from 'yaml';
import { InputError, messageOf } from '../errors.js';
import { nearestName } from '../nearest.js';
import type { ParameterValue } from '../recipes/recipe.js';
import type { Wish } from './wish.js';

const positive = v.pipe(v.number(), v.gtValue(0));
const atLeastZero = v.pipe(v.number(), v.minValue(0));
const wholePositive = v.pipe(v.number(), v.integer(), v.gtValue(0));
const oneOrMore = v.union([v.string(), v.array(v.string())]);
const schema = v.strictObject({
  name: v.optional(v.string()),
  dataset: v.string(),
  recipe: v.optional(v.string()),
  params: v.optional(v.record(v.string(), v.union([v.string(), v.number(), v.boolean()]))),
  resources: v.optional(
    v.strictObject({
      gpu: v.optional(oneOrMore),
      vram: v.optional(positive),
      gpus: v.optional(wholePositive),
      nodes: v.optional(wholePositive),
      spot: v.optional(v.boolean()),
      region: v.optional(oneOrMore),
      providers: v.optional(v.array(v.string())),
      disk: v.optional(positive),
    }),
  ),
  limits: v.optional(
    v.strictObject({
      price: v.optional(positive),
      budget: v.optional(positive),
      hours: v.optional(positive),
      stallMinutes: v.optional(positive),
      keepMinutes: v.optional(atLeastZero),
    }),
  ),
  results: v.optional(
    v.strictObject({
      to: v.optional(v.string()),
      checkpoints: v.optional(v.boolean()),
      push: v.optional(v.string()),
    }),
  ),
});

/** Until one job can use more than one machine. */
export const severalMachines =
  'A training on several machines at once is not supported yet. Ask for one machine with several GPUs.';

/** What `trainyard.yaml` says, paths made absolute. */
export interface RunFile extends Wish {
  readonly path: string;
  readonly name: string | undefined;
  readonly dataset: string;
  readonly recipe: string | undefined;
  readonly params: Readonly<Record<string, ParameterValue>>;
  /** `local`, `ssh:user@host`, `runpod`; those of the user's own in order of preference. */
  readonly providers: readonly string[];
  readonly hours: number | undefined;
  /** US dollars. */
  readonly budget: number | undefined;
  readonly keepMinutes: number | undefined;
  readonly stallMinutes: number | undefined;
  readonly to: string | undefined;
  readonly checkpoints: boolean | undefined;
}

/** @throws {InputError} with file, line and field */
export async function readRunFile(path: string): Promise<RunFile> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new InputError(`The file ${path} cannot be read (${messageOf(cause)}).`, { cause });
  }
  return parseRunFile(text, path);
}

export function parseRunFile(text: string, path: string): RunFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const [syntax] = document.errors;
  if (syntax) {
    const { line } = lines.linePos(syntax.pos[0]);
    throw new InputError(`${path}:${line}: ${withoutPosition(syntax.message)}`);
  }
  const parsed = v.safeParse(schema, contentOf(document, path));
  if (!parsed.success) throw new InputError(describe(parsed.issues[0], document, lines, path));
  const { name, dataset, recipe, params, resources, limits, results } = parsed.output;
  if ((resources?.nodes ?? 1) > 1) {
    const line = lineOf(['resources', 'nodes'], document, lines);
    throw new InputError(`${path}:${line}: "resources.nodes" is above 1. ${severalMachines}`);
  }
  const from = dirname(resolve(path));
  return {
    path,
    name,
    dataset: resolve(from, dataset),
    recipe,
    params: params ?? {},
    providers: resources?.providers ?? [],
    gpu: toList(resources?.gpu),
    vram: resources?.vram,
    gpus: resources?.gpus,
    spot: resources?.spot,
    regions: toList(resources?.region),
    disk: resources?.disk,
    maxPrice: limits?.price,
    budget: limits?.budget,
    keepMinutes: limits?.keepMinutes,
    hours: limits?.hours,
    stallMinutes: limits?.stallMinutes,
    to: results?.to === undefined ? undefined : resolve(from, results.to),
    checkpoints: results?.checkpoints,
  };
}

const toList = (given: string | string[] | undefined): readonly string[] | undefined =>
  typeof given === 'string' ? [given] : given;

/** Aliases are followed only here: one may lead nowhere, or too many places at once. */
function contentOf(document: Document, path: string): unknown {
  try {
    return document.toJS();
  } catch (cause) {
    throw new InputError(`${path}: ${withoutPosition(messageOf(cause))}`, { cause });
  }
}

/** The message of the YAML reader, as one sentence. */
const withoutPosition = (message: string): string =>
  `${message.replace(/( at line \d+, column \d+:?)?(\n[^]*)?$/, '')}.`;

export interface RunFileContent {
  readonly name: string;
  readonly dataset: string;
  readonly recipe: string;
  readonly params: Readonly<Record<string, ParameterValue>>;
  readonly resources?: {
    readonly gpu?: string;
    readonly vram?: number;
    readonly gpus?: number;
    readonly spot?: boolean;
    readonly providers: readonly string[];
  };
  readonly limits?: {
    readonly price?: number;
    readonly budget?: number;
    readonly hours?: number;
    readonly keepMinutes?: number;
  };
  readonly results?: { readonly to: string };
}

/** The text of a `trainyard.yaml`. */
export function formatRunFile(content: RunFileContent): string {
  return stringify(content);
}

type Issue = v.InferIssue<typeof schema>;

function describe(issue: Issue, document: Document, lines: LineCounter, path: string): string {
  const keys = (issue.path ?? []).map((item) => String(item.key));
  const where = `${path}:${lineOf(keys, document, lines)}`;
  const field = keys.join('.');
  if (issue.type === 'strict_object' && issue.expected === 'never') {
    const suggestion = nearestName(keys.at(-1) ?? '', siblings(keys));
    const hint = suggestion === undefined ? 'Remove it.' : `Did you mean "${suggestion}"?`;
    return `${where}: there is no field "${field}". ${hint}`;
  }
  if (issue.type === 'integer')
    return `${where}: "${field}" must be a whole number; it is ${issue.received}.`;
  if (field === '') return `${where}: a run file is a list of fields such as "dataset: ./data".`;
  if (issue.received === 'undefined') return `${where}: the field "${field}" is missing.`;
  return `${where}: "${field}" must be ${words(issue.expected)}; it is ${issue.received}.`;
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
  const [first] = keys;
  if (keys.length < 2 || first === undefined) return Object.keys(schema.entries);
  const nested: Record<string, readonly string[]> = {
    resources: Object.keys(schema.entries.resources.wrapped.entries),
    limits: Object.keys(schema.entries.limits.wrapped.entries),
    results: Object.keys(schema.entries.results.wrapped.entries),
  };
  return nested[first] ?? [];
}

/** The line of the deepest part of the path that exists, from 1. */
function lineOf(keys: readonly string[], document: Document, lines: LineCounter): number {
  let node: unknown = document.contents;
  let line = 1;
  for (const key of keys) {
    if (!isMap(node)) break;
    const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === key);
    if (!pair) break;
    if (isNode(pair.key) && pair.key.range) line = lines.linePos(pair.key.range[0]).line;
    node = pair.value;
  }
  return line;
}
