import { recipes } from '../recipes/index.js';
import type { Recipe } from '../recipes/recipe.js';
import { jobFileFields, type JobFileField, type NamedPlace } from './jobFileFields.js';
import { parameterField } from './jobFileParameter.js';

/** What a recipe's value may be written as: a number or a yes/no given as text is understood. */
const parameterTypes = ['string', 'number', 'boolean'];

/**
 * The JSON Schema (draft 7) of a `trainyard.yaml`, for editors that have a YAML extension.
 * @param places those that can be named without an address
 */
export function jobFileJsonSchema(places: readonly NamedPlace[]): object {
  const fields = jobFileFields(undefined, places);
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    $id: 'https://github.com/trainyard/trainyard/schemas/trainyard.schema.json',
    title: 'Trainyard run',
    description: 'One training run: what to train on, how and where, and where the model goes.',
    ...objectOf(fields),
    required: fields.filter(({ isRequired }) => isRequired).map(({ name }) => name),
    allOf: recipes.map(parametersOf),
  };
}

/** Where this recipe is named, its parameters are known. */
function parametersOf(recipe: Recipe): object {
  const properties = Object.fromEntries(
    recipe.parameters.map(parameterField).map((field) => [field.name, parameterSchema(field)]),
  );
  const others = recipe.freeParameters ? { type: parameterTypes } : false;
  return {
    if: { properties: { recipe: { const: recipe.id } }, required: ['recipe'] },
    then: { properties: { params: { properties, additionalProperties: others } } },
  };
}

function parameterSchema(field: JobFileField): object {
  const { kind, help, usual, choices } = field;
  const types =
    kind === 'whole number'
      ? ['integer', 'string']
      : kind === 'number'
        ? ['number', 'string']
        : parameterTypes;
  return {
    ...(choices.length > 0 ? { enum: choices.map(({ value }) => value) } : { type: types }),
    ...limitsOf(field),
    description: help,
    ...(usual === null ? {} : { default: usual }),
  };
}

function objectOf(fields: readonly JobFileField[]): object {
  const properties = Object.fromEntries(fields.map((field) => [field.name, fieldSchema(field)]));
  return { type: 'object', additionalProperties: false, properties };
}

function fieldSchema(field: JobFileField): object {
  const { help: description, examples } = field;
  return {
    ...valueSchema(field),
    description,
    ...(examples.length > 0 ? { examples } : {}),
  };
}

function valueSchema(field: JobFileField): object {
  const text = textSchema(field);
  const list = { type: 'array', items: text };
  switch (field.kind) {
    case 'text':
      return text;
    case 'number':
      return { type: 'number', ...limitsOf(field) };
    case 'whole number':
      return { type: 'integer', ...limitsOf(field) };
    case 'yes or no':
      return { type: 'boolean' };
    case 'list':
      return list;
    case 'text or list':
      return { oneOf: [text, list] };
    case 'fields':
      return objectOf(field.fields);
    case 'parameters':
      return { type: 'object', additionalProperties: { type: parameterTypes } };
    default:
      return field.kind satisfies never;
  }
}

function textSchema({ choices, isOpen }: JobFileField): object {
  const named = { enum: choices.map(({ value }) => value) };
  if (choices.length === 0) return { type: 'string' };
  return isOpen ? { anyOf: [named, { type: 'string' }] } : { type: 'string', ...named };
}

function limitsOf({ least, most }: JobFileField): object {
  return {
    ...(least === null ? {} : { [least.isAllowed ? 'minimum' : 'exclusiveMinimum']: least.value }),
    ...(most === null ? {} : { maximum: most }),
  };
}
