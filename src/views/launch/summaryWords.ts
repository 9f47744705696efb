import type { CheckResult } from '../../recipes/recipe.js';

/** What else says it: the size of the dataset is told beside. */
const toldElsewhere = new Set(['files', 'bytes']);

/** `test rows 360`, `target digit`: the facts of a check that fit a line. Lists are too long for it. */
export function describeSummary(summary: CheckResult['summary']): string[] {
  return Object.entries(summary).flatMap(([name, value]) => {
    if (toldElsewhere.has(name) || typeof value === 'object' || value === '') return [];
    return [`${spelled(name)} ${typeof value === 'number' ? value.toLocaleString('en-US') : String(value)}`];
  });
}

/** `test rows` for `testRows` */
const spelled = (name: string): string => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

/** A message of an error in two lines: its first sentence, which says what is wrong, and the rest: what to do. */
export function splitMessage(message: string): { readonly what: string; readonly remedy: string } {
  const end = /[.!?;] +(?=\S)/.exec(message);
  if (!end) return { what: message, remedy: '' };
  const cut = end.index + end[0].length;
  return { what: message.slice(0, cut).trim(), remedy: message.slice(cut) };
}
