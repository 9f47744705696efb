import type { Range } from '../../jobs/jobFileProblems.js';
import type { NamedPlace } from '../../jobs/jobFileFields.js';
import type { Recipe } from '../../recipes/recipe.js';
import { withUsual } from './completions.js';
import { cursorAt } from './cursor.js';
import { fieldsBelow, kindWords, recipeIn } from './fieldAt.js';

/** What the word at `offset` means, as Markdown. */
export interface Explanation {
  readonly markdown: string;
  readonly range: Range;
}

/** @param recipe whose parameters may be set */
export function explanationAt(
  text: string,
  offset: number,
  places: readonly NamedPlace[],
  recipe: Recipe | undefined = recipeIn(text),
): Explanation | undefined {
  const end = offset + (/^[\w.-]*/.exec(text.slice(offset))?.[0].length ?? 0);
  const cursor = cursorAt(text, end);
  if (!cursor || cursor.start === end) return undefined;
  const word = text.slice(cursor.start, end).replace(/:$/, '');
  const fields = fieldsBelow(cursor.path, recipe, places);
  const field = fields.find(({ name }) => name === (cursor.field ?? word));
  if (!field) return undefined;
  const chosen = field.choices.find(({ value }) => cursor.field !== null && value === word);
  const said = [
    `**${field.name}**`,
    withUsual(field.help, field),
    kindWords(field),
    ...(chosen && chosen.help !== '' ? [`\`${chosen.value}\`: ${chosen.help}`] : []),
  ];
  const markdown = said.filter((line) => line !== '').join('\n\n');
  return { markdown, range: { start: cursor.start, end: cursor.start + word.length } };
}
