import { readdir, readFile } from 'node:fs/promises';
import { isAbsolute, join, parse as parsePath, sep } from 'node:path';
import { type Line, parse } from 'ssh-config';
import { InputError, messageOf } from '../../errors.js';
import { isPattern, matchesHostPatterns } from './hostPattern.js';

const deepestInclude = 16;

/** What must hold for settings to count: a Host line, or a Match line. */
export type Condition =
  | { readonly kind: 'host'; readonly patterns: readonly string[] }
  | { readonly kind: 'match'; readonly criteria: ReadonlyMap<string, string> };

export interface Setting {
  /** Lower case. */
  readonly keyword: string;
  readonly value: string;
  /** All must hold: an Include below a Host counts only for that host. */
  readonly conditions: readonly Condition[];
}

/**
 * The settings of an ssh_config file and all it includes, in order; of several that hold the first one wins.
 * A file that does not exist says nothing.
 * @param userHome the folder that holds `.ssh`, where relative includes begin
 */
export async function readSshConfig(file: string, userHome: string): Promise<Setting[]> {
  return readFileSettings(file, userHome, [], 0);
}

async function readFileSettings(
  file: string,
  userHome: string,
  conditions: readonly Condition[],
  depth: number,
): Promise<Setting[]> {
  const lines = await readLines(file);
  return readSettings(lines, userHome, conditions, depth);
}

async function readSettings(
  lines: readonly Line[],
  userHome: string,
  conditions: readonly Condition[],
  depth: number,
): Promise<Setting[]> {
  const settings: Setting[] = [];
  for (const line of lines) {
    if (!('param' in line)) continue;
    const keyword = line.param.toLowerCase();
    const values = valuesOf(line.value);
    if ('config' in line) {
      const inner = [...conditions, conditionOf(line, values)];
      settings.push({ keyword, value: values.join(' '), conditions: inner });
      settings.push(...(await readSettings(line.config, userHome, inner, depth)));
    } else if (keyword === 'include') {
      if (depth === deepestInclude) continue;
      for (const file of await includedFiles(values, userHome))
        settings.push(...(await readFileSettings(file, userHome, conditions, depth + 1)));
    } else {
      settings.push({ keyword, value: values.join(' '), conditions });
    }
  }
  return settings;
}

function conditionOf(line: Line, values: readonly string[]): Condition {
  if (!('criteria' in line)) return { kind: 'host', patterns: values };
  const criteria = Object.entries(line.criteria).map(
    ([name, value]) => [name.toLowerCase(), valuesOf(value).join(',')] as const,
  );
  return { kind: 'match', criteria: new Map(criteria) };
}

function valuesOf(value: string | readonly { readonly val: string }[]): string[] {
  return typeof value === 'string' ? [value] : value.map(({ val }) => val);
}

async function readLines(file: string): Promise<readonly Line[]> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return [];
    throw new InputError(`The SSH configuration ${file} cannot be read (${messageOf(cause)}).`, { cause });
  }
  try {
    return parse(text);
  } catch (cause) {
    throw new InputError(
      `The SSH configuration ${file} is not well formed (${messageOf(cause)}). Repair it.`,
      { cause },
    );
  }
}

async function includedFiles(patterns: readonly string[], userHome: string): Promise<string[]> {
  const paths = patterns.map((pattern) => {
    const expanded = expandHome(pattern, userHome);
    return isAbsolute(expanded) ? expanded : join(userHome, '.ssh', expanded);
  });
  return (await Promise.all(paths.map(expandGlob))).flat();
}

/** `~/x` below a folder; everything else as it is. */
export function expandHome(path: string, userHome: string): string {
  return path === '~' || path.startsWith('~/') ? join(userHome, path.slice(1)) : path;
}

/** The existing paths that a path with `*` and `?` stands for, in order of their names. */
async function expandGlob(path: string): Promise<string[]> {
  const { root } = parsePath(path);
  let found = [root];
  for (const part of path.slice(root.length).split(sep)) {
    if (!isPattern(part)) {
      found = found.map((folder) => join(folder, part));
      continue;
    }
    const names = await Promise.all(found.map(async (folder) => [folder, await namesIn(folder)] as const));
    found = names.flatMap(([folder, all]) =>
      all.filter((name) => matchesHostPatterns([part], name)).map((name) => join(folder, name)),
    );
  }
  return found;
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => !name.startsWith('.')).sort();
  } catch {
    return [];
  }
}
