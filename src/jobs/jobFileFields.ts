import * as v from 'valibot';
import type { Recipe } from '../recipes/recipe.js';
import { recipes } from '../recipes/index.js';
import { parameterField } from './jobFileParameter.js';
import { jobFileSchema } from './jobFileSchema.js';

/** One field of a `trainyard.yaml`, as it is explained to people and to other editors. */
export interface JobFileField {
  readonly name: string;
  /** One plain sentence or two: what it means, and what holds without it. */
  readonly help: string;
  readonly kind: FieldKind;
  readonly isRequired: boolean;
  /** Lowest number, and whether it is itself allowed. */
  readonly least: { readonly value: number; readonly isAllowed: boolean } | null;
  readonly most: number | null;
  readonly examples: readonly unknown[];
  /** Values with what they mean; empty where anything of the kind goes. */
  readonly choices: readonly FieldChoice[];
  /** Whether other values than the choices are understood too. */
  readonly isOpen: boolean;
  /** What the value may be, as words, where more is known than the kind: `a whole number from 1 to 100`. */
  readonly range: string | null;
  /** Without it, this holds. */
  readonly usual: string | number | boolean | null;
  /** What stands below it. */
  readonly fields: readonly JobFileField[];
}

export type FieldKind =
  | 'text'
  | 'number'
  | 'whole number'
  | 'yes or no'
  | 'list'
  | 'text or list'
  /** Other fields, known ones only. */
  | 'fields'
  /** Parameters of the recipe. */
  | 'parameters';

export interface FieldChoice {
  readonly value: string;
  readonly help: string;
}

/** A place that a file may name. */
export interface NamedPlace {
  readonly id: string;
  readonly title: string;
}

/** Every field there can be, in the order of the schema, with the parameters of the recipe where one is named. */
export function jobFileFields(
  recipe: Recipe | undefined,
  places: readonly NamedPlace[],
): readonly JobFileField[] {
  const choices: Readonly<Record<string, readonly FieldChoice[]>> = {
    recipe: recipes.map(({ id, title, summary }) => ({ value: id, help: `${title}. ${summary}` })),
    providers: places.map(({ id, title }) => ({ value: id, help: title })),
  };
  return entriesOf(jobFileSchema).map((field) => complete(field, choices, recipe));
}

function complete(
  field: JobFileField,
  choices: Readonly<Record<string, readonly FieldChoice[]>>,
  recipe: Recipe | undefined,
): JobFileField {
  const fields =
    field.kind === 'parameters'
      ? (recipe?.parameters ?? []).map(parameterField)
      : field.fields.map((inner) => complete(inner, choices, recipe));
  return {
    ...field,
    fields,
    choices: choices[field.name] ?? field.choices,
    isOpen: field.name !== 'recipe',
  };
}

/** As much of a schema of valibot as tells what a field is. */
const node = v.object({
  type: v.string(),
  wrapped: v.optional(v.unknown()),
  entries: v.optional(v.record(v.string(), v.unknown())),
  pipe: v.optional(v.array(v.unknown())),
  requirement: v.optional(v.unknown()),
  description: v.optional(v.string()),
  examples: v.optional(v.array(v.unknown())),
});
type Node = v.InferOutput<typeof node>;

function entriesOf(schema: unknown): JobFileField[] {
  const { entries = {} } = v.parse(node, schema);
  return Object.entries(entries).map(([name, entry]) => toField(name, v.parse(node, entry)));
}

function toField(name: string, given: Node): JobFileField {
  const isRequired = given.type !== 'optional';
  const inner = isRequired ? given : v.parse(node, given.wrapped);
  const parts = (inner.pipe ?? []).map((part) => v.parse(node, part));
  const part = (type: string): Node | undefined => parts.find((candidate) => candidate.type === type);
  const least = (type: string, isAllowed: boolean): JobFileField['least'] => {
    const found = part(type)?.requirement;
    return typeof found === 'number' ? { value: found, isAllowed } : null;
  };
  const most = part('max_value')?.requirement;
  return {
    name,
    help: part('description')?.description ?? '',
    kind: part('integer') ? 'whole number' : kindOf(inner.type),
    isRequired,
    least: least('gt_value', false) ?? least('min_value', true),
    most: typeof most === 'number' ? most : null,
    examples: part('examples')?.examples ?? [],
    choices: [],
    isOpen: true,
    range: null,
    usual: null,
    fields: inner.type === 'strict_object' ? entriesOf(inner) : [],
  };
}

function kindOf(type: string): FieldKind {
  const kinds: Readonly<Record<string, FieldKind>> = {
    string: 'text',
    number: 'number',
    boolean: 'yes or no',
    array: 'list',
    union: 'text or list',
    record: 'parameters',
    strict_object: 'fields',
  };
  const kind = kinds[type];
  if (kind === undefined) throw new TypeError(`The schema of the run file has no word for ${type}.`);
  return kind;
}
