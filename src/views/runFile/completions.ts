import { isMap, isScalar, parseDocument } from 'yaml';
import type { JobFileField, NamedPlace } from '../../jobs/jobFileFields.js';
import type { Recipe } from '../../recipes/recipe.js';
import { cursorAt, type Cursor } from './cursor.js';
import { fieldsBelow, kindWords, recipeIn } from './fieldAt.js';

/** Something that can be written at the cursor. */
export interface Completion {
  readonly label: string;
  readonly kind: 'field' | 'value';
  /** The text that replaces the word at the cursor. */
  readonly insert: string;
  /** Where that word begins. */
  readonly start: number;
  /** What may stand there, in a few words. */
  readonly detail: string;
  readonly help: string;
}

/**
 * What a run file may say at `offset`, in the order of the documentation.
 * @param recipe whose parameters may be set
 */
export function completionsAt(
  text: string,
  offset: number,
  places: readonly NamedPlace[],
  recipe: Recipe | undefined = recipeIn(text),
): Completion[] {
  const cursor = cursorAt(text, offset);
  if (!cursor) return [];
  const fields = fieldsBelow(cursor.path, recipe, places);
  if (cursor.field === null) {
    const given = namesGiven(text, cursor.path);
    return fields.filter(({ name }) => !given.has(name)).map((field) => toName(field, cursor));
  }
  const field = fields.find(({ name }) => name === cursor.field);
  return field ? valuesOf(field).map((value) => ({ ...value, kind: 'value', start: cursor.start })) : [];
}

function toName(field: JobFileField, { indent, start }: Cursor): Completion {
  const { name, help, kind } = field;
  const isBlock = indent !== null && (kind === 'fields' || kind === 'parameters');
  return {
    label: name,
    kind: 'field',
    insert: isBlock ? `${name}:\n${' '.repeat(indent + 2)}` : `${name}: `,
    start,
    detail: kindWords(field),
    help: withUsual(help, field),
  };
}

/** The help, and what holds without the field where the help does not say so itself. */
export const withUsual = (help: string, { usual }: JobFileField): string =>
  usual === null ? help : `${help} Default: ${usual}.`;

type Value = Pick<Completion, 'label' | 'insert' | 'detail' | 'help'>;

function valuesOf(field: JobFileField): Value[] {
  const { choices, kind, usual, examples } = field;
  if (choices.length > 0) {
    return choices.map(({ value, help }) => toValue(value, value === usual ? 'default' : '', help));
  }
  if (kind === 'yes or no') {
    return ['true', 'false'].map((value) => toValue(value, value === String(usual) ? 'default' : '', ''));
  }
  const known = [...(usual === null ? [] : [String(usual)]), ...examples.map(asFlow)];
  return [...new Set(known)].map((value) =>
    toValue(value, value === String(usual) ? 'default' : 'example', ''),
  );
}

const toValue = (label: string, detail: string, help: string): Value => ({
  label,
  insert: label,
  detail,
  help,
});

/** `[RTX 4090, L4]` */
const asFlow = (example: unknown): string =>
  Array.isArray(example) ? `[${example.map(String).join(', ')}]` : String(example);

/** The names that stand there already, as far as the text can be read. */
function namesGiven(text: string, path: readonly string[]): ReadonlySet<string> {
  const { contents } = parseDocument(text);
  let node: unknown = contents;
  for (const name of path) node = isMap(node) ? node.get(name, true) : undefined;
  const pairs = isMap(node) ? node.items : [];
  // A name without a value is the one that is being written.
  return new Set(
    pairs.flatMap(({ key, value }) => (isScalar(key) && value !== null ? [String(key.value)] : [])),
  );
}
