import { valueWords } from '../recipes/parameters.js';
import type { Parameter } from '../recipes/recipe.js';
import type { FieldKind, JobFileField } from './jobFileFields.js';

const kinds: Readonly<Record<Parameter['type'], FieldKind>> = {
  integer: 'whole number',
  number: 'number',
  string: 'text',
  choice: 'text',
  boolean: 'yes or no',
};

/** A parameter of a recipe as a field below `params`. */
export function parameterField(parameter: Parameter): JobFileField {
  const { minimum, maximum } =
    parameter.type === 'integer' || parameter.type === 'number'
      ? parameter
      : { minimum: undefined, maximum: undefined };
  const choices = parameter.type === 'choice' ? parameter.choices : [];
  return {
    name: parameter.name,
    help: parameter.help,
    kind: kinds[parameter.type],
    isRequired: false,
    least: minimum === undefined ? null : { value: minimum, isAllowed: true },
    most: maximum ?? null,
    examples: [],
    choices: choices.map((value) => ({ value, help: '' })),
    isOpen: parameter.type !== 'choice',
    range: valueWords(parameter),
    usual: parameter.default === undefined || parameter.default === '' ? null : parameter.default,
    fields: [],
  };
}
