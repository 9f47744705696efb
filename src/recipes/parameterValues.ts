import type { Parameters } from './recipe.js';

/** A text parameter after {@link parseParameters}; empty when it is absent. */
export function textOf(parameters: Parameters, name: string): string {
  return String(parameters[name] ?? '');
}

/** A number after {@link parseParameters}; a recipe gives each such parameter a default. */
export function numberOf(parameters: Parameters, name: string): number {
  const value = parameters[name];
  if (typeof value !== 'number') throw new TypeError(`The parameter ${name} is not a number.`);
  return value;
}
