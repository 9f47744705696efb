import * as vscode from 'vscode';
import { formatUsd } from '../../format.js';
import { expectedCost, type Load } from '../../jobs/offers/expectedCost.js';
import { askForText, askFromList, back, separator, type Back, type Question, type Row } from './ask.js';
import { expectationWords, mostWords, sentence, suggestedBudgetUsd } from './rentalWords.js';
import { limitsOf, type Rental, type RentalLimits, type RunDraft } from './runDraft.js';

type Limit = keyof RentalLimits;

/**
 * What the machine may cost: three limits that can be changed, until the user continues.
 * @param load what the training brings along, perhaps still looked at
 */
export async function askLimits(
  question: Question,
  given: RunDraft,
  load: Promise<Load>,
): Promise<RunDraft | Back> {
  let draft = given;
  for (;;) {
    const shown = draft;
    const { rental } = shown;
    if (!rental) return shown;
    const answer = await askFromList<Limit | 'continue'>({
      ...question,
      placeholder: vscode.l10n.t('Continue, or choose a limit to change it'),
      rows: load.then((known) => toRows(limitsOf(shown), rental, known)),
      meanwhile: { rows: toRows(limitsOf(shown), rental, null) },
    });
    if (answer === back) return back;
    if (answer === 'continue') return shown;
    draft = await change(shown, rental, answer, { ...question, canGoBack: true }, await load);
  }
}

function toRows(limits: RentalLimits, { offer }: Rental, load: Load | null): Row<Limit | 'continue'>[] {
  const { hours, budgetUsd, keepMinutes } = limits;
  return [
    { label: vscode.l10n.t('$(arrow-right) Continue'), value: 'continue' },
    separator(vscode.l10n.t('limits')),
    {
      label: vscode.l10n.t('Longest time'),
      description: vscode.l10n.t('{0} h', hours),
      detail: vscode.l10n.t('The machine is gone by then; the newest checkpoint comes home first'),
      value: 'hours',
    },
    {
      label: vscode.l10n.t('Budget'),
      description:
        budgetUsd === null
          ? vscode.l10n.t('none: {0}', mostWords(offer, { hours, budgetUsd }))
          : formatUsd(budgetUsd),
      detail:
        load === null
          ? vscode.l10n.t('Looking at the dataset')
          : sentence(expectationWords(expectedCost(offer, load))),
      value: 'budgetUsd',
    },
    {
      label: vscode.l10n.t('Wait for you'),
      description: vscode.l10n.t('{0} min', keepMinutes),
      detail: vscode.l10n.t(
        'How long the machine waits, and costs money, when all is done and nobody is here',
      ),
      value: 'keepMinutes',
    },
  ];
}

/** The draft with another limit; the same when the user goes back. */
async function change(
  draft: RunDraft,
  rental: Rental,
  limit: Limit,
  question: Question,
  load: Load,
): Promise<RunDraft> {
  const present = limitsOf(draft);
  const suggested = suggestedBudgetUsd(expectedCost(rental.offer, load), rental.offer);
  const value = limit === 'budgetUsd' ? (present.budgetUsd ?? suggested) : present[limit];
  const answer = await askForText({
    ...question,
    value: value === null ? '' : String(value),
    prompt: prompts[limit],
    problemOf: (text) => problemOf(limit, text),
  });
  if (answer === back) return draft;
  const limits = { ...rental.limits, [limit]: amountOf(answer) ?? undefined };
  return { ...draft, rental: { ...rental, limits } };
}

const prompts: Readonly<Record<Limit, string>> = {
  hours: vscode.l10n.t(
    'Hours after which the machine is gone, whatever it does; empty takes your change back',
  ),
  budgetUsd: vscode.l10n.t('Most that the job may cost, in US dollars; empty takes your change back'),
  keepMinutes: vscode.l10n.t(
    'Minutes that the machine waits for somebody who collects the model; empty takes your change back',
  ),
};

function problemOf(limit: Limit, text: string): string | undefined {
  const amount = amountOf(text);
  if (amount === null || amount > 0 || (limit === 'keepMinutes' && amount === 0)) return undefined;
  return limit === 'keepMinutes'
    ? vscode.l10n.t('Write a number, 0 or more.')
    : vscode.l10n.t('Write a number above 0.');
}

/** `$5`, `5` and `0,5` are what people write; `null` when nothing is written, NaN when it is no number. */
function amountOf(text: string): number | null {
  const plain = text
    .trim()
    .replace(/^\$\s*/, '')
    .replace(',', '.');
  return plain === '' ? null : Number(plain);
}
