import { parseArgs, type ParseArgsConfig } from 'node:util';
import { InputError, messageOf, type ExitCode } from '../errors.js';
import { nearestName } from '../nearest.js';
import type { Trainyard } from '../trainyard.js';
import type { Terminal } from './terminal.js';

/** An option of a verb, for the parser and for `--help`. */
export interface Option {
  readonly type: 'string' | 'boolean';
  readonly short?: string;
  readonly multiple?: boolean;
  /** `USER`: what stands for the value in the help. */
  readonly value?: string;
  readonly help: string;
}

export interface Verb {
  readonly name: string;
  /** `JOB [--to DIR]` */
  readonly usage: string;
  readonly summary: string;
  readonly options: Readonly<Record<string, Option>>;
  /** How many plain arguments it takes. */
  readonly positionals: { readonly least: number; readonly most: number };
  run(given: Given, door: Door, signal: AbortSignal): Promise<ExitCode>;
}

/** The engine and the terminal a verb works with. */
export interface Door {
  readonly engine: Trainyard;
  readonly terminal: Terminal;
}

/** What was typed behind the verb, checked against its options. */
export class Given {
  readonly positionals: readonly string[];
  readonly #values: ReadonlyMap<string, string | boolean | readonly (string | boolean)[]>;

  constructor(
    positionals: readonly string[],
    values: ReadonlyMap<string, string | boolean | readonly (string | boolean)[]>,
  ) {
    this.positionals = positionals;
    this.#values = values;
  }

  /** The plain argument at `index`; the parser has made sure of those that must be there. */
  positional(index: number): string {
    const value = this.positionals[index];
    if (value === undefined) throw new InputError('An argument is missing. See --help.');
    return value;
  }

  text(name: string): string | undefined {
    const value = this.#values.get(name);
    return typeof value === 'string' ? value : undefined;
  }

  texts(name: string): readonly string[] {
    const value = this.#values.get(name);
    return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
  }

  flag(name: string): boolean {
    return this.#values.get(name) === true;
  }

  /** Whether an option was given at all. */
  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** @throws {InputError} it is not a whole number above 0 */
  wholeNumber(name: string): number | undefined {
    const number = this.positiveNumber(name);
    if (number === undefined || Number.isInteger(number)) return number;
    throw new InputError(`--${name} must be a whole number; got "${this.text(name) ?? ''}".`);
  }

  /** @throws {InputError} it is not a number from 0 */
  numberFromZero(name: string): number | undefined {
    return this.text(name)?.trim() === '0' ? 0 : this.positiveNumber(name);
  }

  /** @throws {InputError} it is not a positive number */
  positiveNumber(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const number = Number(text);
    if (text.trim() === '' || !Number.isFinite(number) || number <= 0) {
      throw new InputError(`--${name} must be a number above 0; got "${text}".`);
    }
    return number;
  }
}

/** Options that every verb has. */
export const commonOptions: Readonly<Record<string, Option>> = {
  json: { type: 'boolean', help: 'one JSON object a line on stdout, words on stderr' },
  help: { type: 'boolean', short: 'h', help: 'this text' },
};

/** @throws {InputError} an unknown option (the nearest is offered), or too few or many arguments */
export function parseGiven(verb: Verb, args: readonly string[]): Given {
  const options = { ...verb.options, ...commonOptions };
  const config: ParseArgsConfig = {
    args: [...args],
    allowPositionals: true,
    strict: false,
    tokens: true,
    options: Object.fromEntries(
      Object.entries(options).map(([name, { type, short, multiple }]) => [
        name,
        { type, ...(short === undefined ? {} : { short }), ...(multiple ? { multiple } : {}) },
      ]),
    ),
  };
  const parsed = parse(config);
  refuseUnknown(verb, options, Object.keys(parsed.values));
  refuseMissingValues(options, parsed.values);
  if (parsed.positionals.includes(''))
    throw new InputError(`An argument of trainyard ${verb.name} is empty. Use: ${useOf(verb)}`);
  const { least, most } = verb.positionals;
  const count = parsed.positionals.length;
  if (count < least || count > most) {
    const problem =
      count < least
        ? 'needs more arguments'
        : `does not know what to do with "${parsed.positionals[most] ?? ''}"`;
    throw new InputError(`trainyard ${verb.name} ${problem}. Use: ${useOf(verb)}`);
  }
  return new Given(parsed.positionals, new Map(Object.entries(parsed.values).flatMap(defined)));
}

type Values = Record<string, string | boolean | (string | boolean)[] | undefined>;

function parse(config: ParseArgsConfig): { values: Values; positionals: string[] } {
  try {
    const { values, positionals } = parseArgs(config);
    return { values, positionals };
  } catch (cause) {
    throw new InputError(messageOf(cause), { cause });
  }
}

function defined<T>([name, value]: [string, T | undefined]): [string, T][] {
  return value === undefined ? [] : [[name, value]];
}

function refuseUnknown(
  verb: Verb,
  options: Readonly<Record<string, Option>>,
  given: readonly string[],
): void {
  for (const name of given) {
    if (name in options) continue;
    const suggestion = nearestName(name, Object.keys(options));
    const hint =
      suggestion === undefined ? `See trainyard ${verb.name} --help.` : `Did you mean --${suggestion}?`;
    throw new InputError(`trainyard ${verb.name} has no option --${name}. ${hint}`);
  }
}

function refuseMissingValues(options: Readonly<Record<string, Option>>, values: Values): void {
  for (const [name, value] of Object.entries(values)) {
    const option = options[name];
    const all = Array.isArray(value) ? value : [value];
    if (option?.type === 'string' && all.some((item) => typeof item !== 'string' || item === '')) {
      throw new InputError(`--${name} needs a value: --${name} ${option.value ?? 'VALUE'}.`);
    }
    if (option?.type === 'boolean' && all.some((item) => typeof item === 'string')) {
      throw new InputError(`--${name} takes no value.`);
    }
  }
}

const useOf = ({ name, usage }: Verb): string => `trainyard ${name} ${usage}`.trimEnd();

/** The text of `trainyard VERB --help`. */
export function helpOf(verb: Verb): string {
  const rows = Object.entries({ ...verb.options, ...commonOptions }).map(([name, option]) => {
    const value = option.type === 'string' ? ` ${option.value ?? 'VALUE'}` : '';
    const short = option.short === undefined ? '' : `-${option.short}, `;
    return [`${short}--${name}${value}`, option.help] as const;
  });
  const width = Math.max(...rows.map(([left]) => left.length));
  const lines = rows.map(([left, help]) => `  ${left.padEnd(width)}  ${help}`);
  return [useOf(verb), '', verb.summary, '', ...lines].join('\n');
}
