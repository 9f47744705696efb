import { InputError } from '../errors.js';
import { suggest } from '../nearest.js';
import type { Parameter, Parameters, ParameterValue, Recipe } from './recipe.js';

/**
 * What a person gave for a recipe, from a file, a form or the command line, as values of the right types with the
 * defaults filled in. A number or yes/no given as text is understood.
 * @throws {InputError} an unknown name, a wrong type, a value out of range
 */
export function parseParameters(recipe: Recipe, given: Readonly<Record<string, unknown>>): Parameters {
  const known = new Map(recipe.parameters.map((parameter) => [parameter.name, parameter]));
  const values = new Map(recipe.parameters.flatMap(toDefault));
  for (const [name, value] of Object.entries(given)) {
    const parameter = known.get(name);
    if (parameter) values.set(name, parseValue(parameter, value));
    else if (recipe.freeParameters) values.set(name, parseFreeValue(name, value));
    else throw unknownParameter(recipe, name);
  }
  return Object.fromEntries(values);
}

/**
 * What was given with changes on top. A text that replaces a number or a yes/no of a free parameter is read as one: the
 * recipe does not say what it is, the value before does.
 */
export function changedParameters<V>(
  recipe: Recipe,
  given: Readonly<Record<string, V>>,
  changes: Readonly<Record<string, V>>,
): Record<string, V | number | boolean> {
  const known = new Set(recipe.parameters.map((parameter) => parameter.name));
  const typed = Object.entries(changes).map(
    ([name, value]) => [name, known.has(name) ? value : likeBefore(given[name], value)] as const,
  );
  return { ...given, ...Object.fromEntries(typed) };
}

function likeBefore<V>(before: unknown, value: V): V | number | boolean {
  if (typeof value !== 'string') return value;
  if (typeof before === 'number') return toNumber(value) ?? value;
  if (typeof before === 'boolean') return booleanWords.get(value.trim().toLowerCase()) ?? value;
  return value;
}

/**
 * `epochs=10` as typed after `--set`; everything after the first `=` is the value.
 * @throws {InputError} there is no name or no `=`
 */
export function readSetOption(text: string): { readonly name: string; readonly value: string } {
  const equals = text.indexOf('=');
  const name = text.slice(0, Math.max(0, equals)).trim();
  if (name === '') throw new InputError(`--set needs name=value, as in --set epochs=10; got '${text}'.`);
  return { name, value: text.slice(equals + 1) };
}

function toDefault(parameter: Parameter): [string, ParameterValue][] {
  return parameter.default === undefined ? [] : [[parameter.name, parameter.default]];
}

function parseValue(parameter: Parameter, value: unknown): ParameterValue {
  const parsed = parsers[parameter.type](value, parameter);
  if (parsed === undefined) {
    throw new InputError(`${parameter.name} must be ${valueWords(parameter)}; got ${quote(value)}.`);
  }
  return parsed;
}

type Parser = (value: unknown, parameter: Parameter) => ParameterValue | undefined;

const parsers: Record<Parameter['type'], Parser> = {
  integer: (value, parameter) => inRange(parameter, wholeNumber(value)),
  number: (value, parameter) => inRange(parameter, toNumber(value)),
  string: (value) => (isParameterValue(value) ? String(value) : undefined),
  boolean: (value) =>
    typeof value === 'boolean' ? value : booleanWords.get(String(value).trim().toLowerCase()),
  choice: (value, parameter) =>
    parameter.type === 'choice' ? parameter.choices.find((choice) => choice === value) : undefined,
};

const booleanWords = new Map([
  ['true', true],
  ['yes', true],
  ['on', true],
  ['1', true],
  ['false', false],
  ['no', false],
  ['off', false],
  ['0', false],
]);

function toNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string' || !/^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(value))
    return undefined;
  return Number(value);
}

function wholeNumber(value: unknown): number | undefined {
  const number = toNumber(value);
  return Number.isSafeInteger(number) ? number : undefined;
}

function inRange(parameter: Parameter, value: number | undefined): number | undefined {
  const { minimum, maximum } = range(parameter);
  return value !== undefined && value >= minimum && value <= maximum ? value : undefined;
}

function range(parameter: Parameter): { readonly minimum: number; readonly maximum: number } {
  if (parameter.type !== 'integer' && parameter.type !== 'number')
    return { minimum: -Infinity, maximum: Infinity };
  return { minimum: parameter.minimum ?? -Infinity, maximum: parameter.maximum ?? Infinity };
}

/** `a whole number from 1 to 10000`: what goes after *must be*. */
export function valueWords(parameter: Parameter): string {
  switch (parameter.type) {
    case 'integer':
      return `a whole number${describeRange(parameter)}`;
    case 'number':
      return `a number${describeRange(parameter)}`;
    case 'string':
      return 'text';
    case 'boolean':
      return 'true or false';
    case 'choice':
      return `one of ${parameter.choices.join(', ')}`;
  }
}

function describeRange(parameter: Parameter): string {
  const { minimum, maximum } = range(parameter);
  if (minimum === -Infinity) return maximum === Infinity ? '' : ` up to ${maximum}`;
  return maximum === Infinity ? ` from ${minimum} up` : ` from ${minimum} to ${maximum}`;
}

function parseFreeValue(name: string, value: unknown): ParameterValue {
  if (!/^[A-Za-z_][\w.-]*$/.test(name)) {
    throw new InputError(
      `'${name}' cannot be the name of a parameter; use letters, digits, '_', '-' and '.'.`,
    );
  }
  if (!isParameterValue(value)) {
    throw new InputError(`${name} must be text, a number or true/false; got ${quote(value)}.`);
  }
  return value;
}

function isParameterValue(value: unknown): value is ParameterValue {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

function unknownParameter(recipe: Recipe, name: string): InputError {
  const names = recipe.parameters.map((parameter) => parameter.name);
  return new InputError(`The recipe ${recipe.id} has no parameter '${name}'; ${suggest(name, names)}`);
}

/** Text in quotes, everything else as JSON; cut to what fits a sentence. */
function quote(value: unknown): string {
  if (typeof value === 'number' || value === undefined) return String(value);
  const text = typeof value === 'string' ? `'${value}'` : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
