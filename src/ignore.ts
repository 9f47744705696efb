import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import ignore from 'ignore';
import { InputError, hasCode, messageOf } from './errors.js';

/** The file in a dataset folder that says what stays here, in the language of `.gitignore`. */
export const ignoreFileName = '.trainyardignore';

/**
 * What no training wants: droppings of systems and tools, histories, and environments, which fit only the machine
 * they were made on. A `!pattern` in `.trainyardignore` takes one back.
 */
const junk = [
  '.DS_Store',
  '._*',
  '.Spotlight-V100/',
  '.Trashes/',
  '__MACOSX/',
  '[Tt]humbs.db',
  '[Dd]esktop.ini',
  '.git/',
  '.hg/',
  '.svn/',
  '__pycache__/',
  '*.py[cod]',
  '.ipynb_checkpoints/',
  '.pytest_cache/',
  '.mypy_cache/',
  '.ruff_cache/',
  '.venv/',
  'venv/',
  'node_modules/',
  '.trainyard/',
  ignoreFileName,
];

/** Finds in a path what may be junk; what it does not find is none. The library takes ten times as long to say so. */
const perhapsJunk = new RegExp(`(?:^|/)(?:${junk.map(toExpression).join('|')})(?:/|$)`, 'u');

/** The library remembers every answer; a folder may have millions of files. */
const mostAnswersKept = 5_000;

/** Decides which files of one folder travel and are looked at. */
export interface IgnoreRules {
  /** All that they are made of: rules with the same patterns say the same. */
  readonly patterns: string;
  /**
   * Whether the entry stays behind, itself or because a folder above it does.
   * @param path relative to the folder, with `/` between the parts on every system
   */
  ignores(path: string, isDirectory: boolean): boolean;
}

/**
 * The rules of the folder: the usual junk, then `more` patterns, then its `.trainyardignore` if it has one.
 * Letter case matters, so that a folder means the same on every system.
 * @throws {InputError} the file is there but cannot be read
 */
export async function readIgnoreRules(root: string, more: readonly string[] = []): Promise<IgnoreRules> {
  const own = await readIgnoreFile(join(root, ignoreFileName));
  const isJunkOnly = more.length === 0 && own.trim() === '';
  const written = ignore({ ignorecase: false }).add(junk).add(more).add(own);
  let rules = written;
  let answers = 0;
  return {
    patterns: [...more, own].join('\n'),
    ignores: (path, isDirectory) => {
      if (isJunkOnly && !perhapsJunk.test(path)) return false;
      answers += 1;
      if (answers % mostAnswersKept === 0) rules = ignore({ ignorecase: false }).add(written);
      return rules.ignores(isDirectory ? `${path}/` : path);
    },
  };
}

/** Of a pattern that is one name, perhaps with a `*` or a class in it. */
function toExpression(pattern: string): string {
  return pattern
    .replace(/\/$/u, '')
    .replaceAll('.', String.raw`\.`)
    .replaceAll('*', '[^/]*');
}

async function readIgnoreFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    // A root that is no folder has no rules; whoever lists it says what is wrong with it.
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR')) return '';
    throw new InputError(`${path} cannot be read (${messageOf(error)}); make it readable or remove it.`, {
      cause: error,
    });
  }
}
