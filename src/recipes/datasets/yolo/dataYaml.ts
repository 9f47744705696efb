import { posix } from 'node:path';
import { isMap, isScalar, LineCounter, parseDocument, type Document } from 'yaml';
import { suggest } from '../../../nearest.js';
import type { DatasetFile, DatasetFolder } from '../datasetFolder.js';
import { problem, type Problem } from '../problem.js';

export const partNames = ['train', 'val', 'test'] as const;
export type PartName = (typeof partNames)[number];

/** The YAML file that says where the images are and what the classes are called. */
export interface DataYaml {
  /** Relative to the dataset folder. */
  readonly file: string;
  /** The folder it lies in, relative to the dataset folder; empty for that one itself. */
  readonly folder: string;
  /** `path:`, as it stands there. */
  readonly root: string | undefined;
  /** Folders, images or lists of images of each part, as they stand there. */
  readonly parts: Readonly<Partial<Record<PartName, readonly string[]>>>;
  /** In the order of their ids; `undefined` when the file has none. */
  readonly names: readonly string[] | undefined;
  readonly classCount: number | undefined;
  /** Number of keypoints, and 2 or 3 numbers for each. */
  readonly keypoints: readonly [count: number, numbers: number] | undefined;
  readonly flipIndex: readonly number[] | undefined;
  /** The line a key stands on, from 1; 1 when it is not there. */
  lineOf(key: string): number;
}

/** `undefined` where a folder simply has no such file. */
export type DataYamlReading =
  | { readonly kind: 'yaml'; readonly yaml: DataYaml }
  | { readonly kind: 'problem'; readonly problem: Problem }
  | undefined;

/** As PyYAML reads it, which is what the training does. */
export const yamlOptions = { version: '1.1', lineWidth: 0 } as const;

const largestYamlBytes = 1024 * 1024;
const usualName = /(^|\/)data\.ya?ml$/i;
const keyLine = /^(train|val|validation|names|nc)\s*:/m;

/**
 * Reads the YAML file to train on: the one named, else `data.yaml`, else the only one that names images or classes.
 * runtime/recipes/yolo_dataset.py chooses by the same rule.
 */
export async function readDataYaml(
  folder: DatasetFolder,
  named: string,
  signal: AbortSignal,
): Promise<DataYamlReading> {
  const candidates = await findDataYamls(folder, signal);
  if (named !== '') {
    const file = posix.normalize(named.replaceAll('\\', '/'));
    if (!(await folder.find(file, signal))) return { kind: 'problem', problem: missing(named, candidates) };
    return parseDataYaml(file, await folder.text(file, signal));
  }
  const usual = candidates.filter(({ path }) => usualName.test(path));
  const [first, ...others] = usual.length > 0 ? usual : candidates;
  if (!first) return undefined;
  if (others.length > 0 && depthOf(others[0]?.path ?? '') === depthOf(first.path)) {
    return { kind: 'problem', problem: several([first, ...others]) };
  }
  return parseDataYaml(first.path, await folder.text(first.path, signal));
}

/** YAML files that name images or classes, those nearest to the top first. */
async function findDataYamls(folder: DatasetFolder, signal: AbortSignal): Promise<DatasetFile[]> {
  const found: DatasetFile[] = [];
  for (const file of await folder.files(signal)) {
    if (!/\.ya?ml$/i.test(file.path) || file.bytes > largestYamlBytes) continue;
    if (posix.basename(file.path).toLowerCase() === 'trainyard.yaml') continue;
    const isUsual = usualName.test(file.path);
    if (isUsual || keyLine.test((await folder.head(file.path, file.bytes)).toString('utf8')))
      found.push(file);
  }
  return found.sort((a, b) => depthOf(a.path) - depthOf(b.path));
}

function depthOf(path: string): number {
  return path.split('/').length;
}

/** @param text the whole file */
export function parseDataYaml(file: string, text: string): DataYamlReading {
  const lines = new LineCounter();
  const document = parseDocument(text, { ...yamlOptions, lineCounter: lines });
  const [syntax] = document.errors;
  if (syntax)
    return {
      kind: 'problem',
      problem: syntaxProblem(file, text, lines.linePos(syntax.pos[0]).line, syntax.message),
    };
  const content = contentOf(document);
  if (!content) return { kind: 'problem', problem: noFields(file) };
  const lineOf = (key: string): number => lineOfKey(key, document, lines);
  const shape = shapeProblem(file, content, lineOf);
  if (shape) return { kind: 'problem', problem: shape };
  return { kind: 'yaml', yaml: toDataYaml(file, content, lineOf) };
}

type Content = Readonly<Record<string, unknown>>;

function contentOf(document: Document): Content | undefined {
  const content: unknown = document.toJS();
  return typeof content === 'object' && content !== null && !Array.isArray(content)
    ? (content as Content)
    : undefined;
}

function lineOfKey(key: string, document: Document, lines: LineCounter): number {
  if (!isMap(document.contents)) return 1;
  const pair = document.contents.items.find(
    ({ key: found }) => isScalar(found) && String(found.value) === key,
  );
  return pair && isScalar(pair.key) && pair.key.range ? lines.linePos(pair.key.range[0]).line : 1;
}

function toDataYaml(file: string, content: Content, lineOf: (key: string) => number): DataYaml {
  const folder = posix.dirname(file);
  const val = content.val ?? content.validation;
  const parts = { train: content.train, val, test: content.test };
  const stated = Object.entries(parts).flatMap(([name, value]) => {
    const values = toPaths(value);
    return values.length > 0 ? [[name, values] as const] : [];
  });
  return {
    file,
    folder: folder === '.' ? '' : folder,
    root: typeof content.path === 'string' && content.path !== '' ? content.path : undefined,
    parts: Object.fromEntries(stated),
    names: toNames(content.names),
    classCount: content.nc === undefined || content.nc === null ? undefined : Number(content.nc),
    keypoints: toKeypoints(content.kpt_shape),
    flipIndex: isNumbers(content.flip_idx) ? content.flip_idx : undefined,
    lineOf: (key) => lineOf(key === 'val' && content.val === undefined ? 'validation' : key),
  };
}

function toPaths(value: unknown): string[] {
  const values = Array.isArray(value) ? value : [value];
  return values.filter((path): path is string => typeof path === 'string' && path.trim() !== '');
}

/** @param names a list, or a map from id to name that {@link shapeProblem} has found whole */
function toNames(names: unknown): string[] | undefined {
  if (typeof names !== 'object' || names === null) return undefined;
  if (Array.isArray(names)) return names.map(String);
  const entries = Object.entries(names).sort(([a], [b]) => Number(a) - Number(b));
  return entries.map(([, name]) => String(name));
}

function toKeypoints(shape: unknown): readonly [number, number] | undefined {
  if (!isNumbers(shape)) return undefined;
  const [count = 0, numbers = 0] = shape;
  return [count, numbers];
}

function isNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'number');
}

/** A value of the wrong kind: what is read further on is of the right one. */
function shapeProblem(file: string, content: Content, lineOf: (key: string) => number): Problem | undefined {
  const wrong = (key: string, message: string, fix: string): Problem =>
    problem('error', `yolo.${key.replace('_', '-')}`, message, { file, line: lineOf(key), fix });
  for (const key of ['train', 'val', 'validation', 'test']) {
    const value = content[key];
    if (value === undefined || value === null || typeof value === 'string') continue;
    if (Array.isArray(value) && value.every((item) => typeof item === 'string')) continue;
    return wrong(
      key,
      `\`${key}:\` in ${file} is neither a path nor a list of paths.`,
      'Write the folder of its images there.',
    );
  }
  if (typeof content.names === 'string') {
    const message = `\`names:\` in ${file} is one text, '${content.names}', not a list.`;
    return wrong('names', message, 'Write it as a list: names: [cat, dog].');
  }
  if (typeof content.names === 'object' && content.names !== null && !Array.isArray(content.names)) {
    const ids = Object.keys(content.names).map(Number);
    const missingId = ids.findIndex((_, id) => !ids.includes(id));
    if (missingId >= 0) {
      const message = `The class ids in ${file} must be 0 to ${ids.length - 1}, and ${missingId} is missing.`;
      return wrong('names', message, 'Ids start at 0 and leave no gap.');
    }
  }
  if (content.nc !== undefined && content.nc !== null && !Number.isInteger(Number(content.nc))) {
    const given = typeof content.nc === 'object' ? 'a list' : JSON.stringify(content.nc);
    return wrong(
      'nc',
      `\`nc: ${given}\` in ${file} is not a whole number.`,
      'Delete the line; names is enough.',
    );
  }
  return undefined;
}

function missing(named: string, candidates: readonly DatasetFile[]): Problem {
  const names = candidates.map(({ path }) => path);
  const hint = names.length > 0 ? ` ${capitalize(suggest(named, names))}` : '';
  return problem('error', 'yolo.yaml-missing', `${named} was not found in the folder.${hint}`, {
    fix: 'Name the file with data, or leave it empty.',
  });
}

function several(candidates: readonly DatasetFile[]): Problem {
  const names = candidates.map(({ path }) => path);
  const message = `The folder holds ${names.length} YAML files of datasets (${names.slice(0, 5).join(', ')}${names.length > 5 ? ', …' : ''}).`;
  return problem('error', 'yolo.several-yamls', message, {
    fix: `Say which with data, as in data=${names[0] ?? ''}.`,
  });
}

function syntaxProblem(file: string, text: string, line: number, reason: string): Problem {
  const tabbed = text.split('\n').findIndex((row) => /^ *\t/.test(row)) + 1;
  if (tabbed > 0) {
    const message = `Line ${tabbed} of ${file} starts with a Tab. YAML allows only spaces.`;
    return problem('error', 'yolo.yaml-syntax', message, {
      file,
      line: tabbed,
      fix: 'Replace it by spaces.',
    });
  }
  const why = reason.replace(/ at line \d+[\s\S]*$/, '').replace(/[.:]\s*$/, '');
  const message = `Line ${line} of ${file} is not valid YAML: ${why}.`;
  return problem('error', 'yolo.yaml-syntax', message, { file, line, fix: 'Correct the line.' });
}

function noFields(file: string): Problem {
  return problem(
    'error',
    'yolo.yaml-syntax',
    `${file} is no list of fields such as \`train: images/train\`.`,
    {
      file,
      line: 1,
      fix: 'Write train, val and names there.',
    },
  );
}

function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
