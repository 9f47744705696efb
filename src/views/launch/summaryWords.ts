import { parseParameters } from '../../recipes/parameters.js';
import type { CheckResult } from '../../recipes/recipe.js';
import { formatPrice } from '../../format.js';
import { l10n } from '../../l10n.js';
import { whereOf } from '../jobWords.js';
import { gpuName } from './rentalWords.js';
import { valuesOf, type RunDraft } from './runDraft.js';

/** `this computer`, `alice@gpu1`, `2× RTX 4090 at RunPod` */
export function describePlace({ place, rental }: RunDraft): string {
  if (rental) return l10n.t('{0} at {1}', gpuName(rental.offer), rental.title);
  return whereOf({ place });
}

/** `24 GB`, `$0.34/h`, `spot`, `US-KS-2`; nothing of a machine of the user's own. */
export function describeOffer({ rental }: RunDraft): string[] {
  if (!rental) return [];
  const { vramGb, usdPerHour, spot, region } = rental.offer;
  const facts = [
    `${Number(vramGb.toFixed(1))} GB`,
    formatPrice(usdPerHour),
    ...(spot ? [l10n.t('spot')] : []),
  ];
  return [...facts, ...(region === null ? [] : [region])];
}

/** How many parameters fit a line. */
const mostParameters = 6;

/**
 * `epochs=36  lr=0.2  and 12 more`: what differs from the recipe's defaults first, then what is most important. What
 * stands under *more…* and was not changed is no answer of the user's.
 */
export function describeParameters(draft: RunDraft): string {
  const defaults = parseParameters(draft.recipe, {});
  const given = Object.entries(valuesOf(draft)).filter(([, value]) => value !== '');
  const differs = ([name, value]: (typeof given)[number]): boolean => value !== defaults[name];
  const asked = new Set(draft.recipe.parameters.filter(({ advanced }) => !advanced).map(({ name }) => name));
  const usual = given.filter((entry) => !differs(entry) && asked.has(entry[0]));
  const ordered = [...given.filter(differs), ...usual];
  const told = ordered.slice(0, mostParameters).map(([name, value]) => `${name}=${value}`);
  const more = ordered.length - told.length;
  return [...told, ...(more > 0 ? [l10n.t('and {0} more', more)] : [])].join('  ');
}

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
