import * as vscode from 'vscode';
import type { Signal } from '../../disposable.js';
import { UserError } from '../../errors.js';
import { formatBytes, formatFraction } from '../../format.js';
import type { Terms } from '../../jobs/deal.js';
import type { Load } from '../../jobs/offers/expectedCost.js';
import { formatProblem, type Draft } from '../../jobs/plan.js';
import type { Problem, Repair } from '../../recipes/datasets/problem.js';
import { digest } from '../../recipes/datasets/problemDigest.js';
import { changesOf } from '../repairWords.js';
import {
  askFromList,
  back,
  separator,
  type Back,
  type Choice,
  type Question,
  type Remark,
  type Row,
} from './ask.js';
import { describeLimits, expectationWords, mostWords, sentence } from './rentalWords.js';
import { limitsOf, type Rental, type RunDraft } from './runDraft.js';
import {
  describeOffer,
  describeParameters,
  describePlace,
  describeSummary,
  splitMessage,
} from './summaryWords.js';

/** What the user wants of the last question; a name of another question means to answer that again. */
export type Confirmation =
  | 'start'
  | 'save'
  | 'check-again'
  | 'show-problems'
  | 'recipe'
  | 'place'
  | 'parameters'
  | 'limits'
  | { readonly repair: Repair }
  | Back;

export interface ConfirmFacts {
  readonly draft: RunDraft;
  /** The look at the dataset, perhaps still under way. */
  readonly check: Promise<Draft>;
  /** How far it is, 0..1. */
  readonly onDidProgress: Signal<number>;
  /** The terms on which the chosen offer is rented. */
  readonly termsOf: (rental: Rental, load: Load) => Promise<Terms>;
  /** What went wrong at the last start. */
  readonly failure: Failure | undefined;
}

/** Why a start did not come about, and where the user can do something about it. */
export interface Failure {
  /** One sentence, perhaps a second one with what to do. */
  readonly message: string;
  readonly answer: Extract<Confirmation, 'check-again' | 'place' | 'limits'>;
}

/** The last question: everything at a glance, what is wrong with it and how that is repaired, and *Start*. */
export function askConfirmation(question: Question, facts: ConfirmFacts): Promise<Confirmation> {
  return askFromList<Confirmation>({
    ...question,
    placeholder: vscode.l10n.t('Start, or choose an answer to change it'),
    rows: checkedRows(facts),
    // What blocks comes first; a repair of it is more than another look.
    isActive: (value) => typeof value === 'object' || value === 'start',
    meanwhile: {
      rows: [separator(vscode.l10n.t('looking at the dataset…')), ...answerRows(facts.draft)],
      progress: (show) =>
        facts.onDidProgress.on((fraction) => {
          show(vscode.l10n.t('Looking at the dataset: {0}', formatFraction(fraction)));
        }),
    },
  });
}

async function checkedRows(facts: ConfirmFacts): Promise<Row<Confirmation>[]> {
  const { draft, check, failure } = facts;
  try {
    const { check: found, dataset, estimate } = await check;
    const money = await moneyRows(facts, { datasetBytes: dataset.bytes, estimate });
    const isBlocked = found.problems.some(({ severity }) => severity === 'error');
    const told = digest(found.problems, mostOfAKind);
    const first = isBlocked
      ? [...problemRows(told, isError), checkAgainRow]
      : [...(failure === undefined ? [] : [failureRow(failure)]), startRow(draft)];
    return [
      ...first,
      ...money,
      separator(vscode.l10n.t('answers')),
      ...answerRows(draft),
      datasetRow(draft, dataset, found.summary),
      ...problemRows(told, (problem) => !isError(problem)),
      ...(told.length < found.problems.length ? [allProblemsRow(found.problems.length)] : []),
      separator(''),
      saveRow,
      backRow,
    ];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return [
      failureRow({ message: error.message, answer: 'check-again' }),
      checkAgainRow,
      separator(vscode.l10n.t('answers')),
      ...answerRows(draft),
      backRow,
    ];
  }
}

/** A list is no place for more; the Problems panel has them. */
const mostOfAKind = 2;

const isError = ({ severity }: Problem): boolean => severity === 'error';

const startRow = (draft: RunDraft): Choice<Confirmation> => ({
  label: vscode.l10n.t('$(play) Start'),
  description: vscode.l10n.t('{0} on {1}', draft.recipe.title, describePlace(draft)),
  value: 'start',
});

const checkAgainRow: Choice<Confirmation> = {
  label: vscode.l10n.t('$(refresh) Check Again'),
  value: 'check-again',
};

const saveRow: Choice<Confirmation> = {
  label: vscode.l10n.t('$(save) Save as trainyard.yaml'),
  detail: vscode.l10n.t('Keeps these answers in a file, for the next time and for the command line'),
  value: 'save',
};

const backRow: Choice<Confirmation> = { label: vscode.l10n.t('$(arrow-left) Back'), value: back };

/** What is wrong, and below it what to do; choosing it leads there. */
function failureRow({ message, answer }: Failure): Choice<Confirmation> {
  const { what, remedy } = splitMessage(message);
  return { label: `$(error) ${what}`, ...(remedy === '' ? {} : { detail: remedy }), value: answer };
}

function answerRows(draft: RunDraft): Row<Confirmation>[] {
  return [
    { label: vscode.l10n.t('Recipe'), description: draft.recipe.title, value: 'recipe' },
    {
      label: vscode.l10n.t('Where'),
      description: [describePlace(draft), ...describeOffer(draft)].join(' · '),
      value: 'place',
    },
    { label: vscode.l10n.t('Parameters'), description: describeParameters(draft), value: 'parameters' },
    ...(draft.rental
      ? [
          {
            label: vscode.l10n.t('Limits'),
            description: describeLimits(limitsOf(draft)),
            value: 'limits' as const,
          },
        ]
      : []),
  ];
}

/** What the machine costs, what ends it, and what else must be known before money is spent. */
async function moneyRows({ draft, termsOf }: ConfirmFacts, load: Load): Promise<Row<Confirmation>[]> {
  const { rental } = draft;
  if (!rental) return [];
  try {
    const terms = await termsOf(rental, load);
    return [
      separator(vscode.l10n.t('what it costs, and what ends it')),
      {
        label: `$(credit-card) ${sentence(mostWords(rental.offer, terms))}`,
        description: expectationWords(terms.expected),
        value: 'limits',
      },
      toldRow('$(shield)', terms.ends),
      ...terms.notes.map((note) => toldRow('$(info)', note)),
    ];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return [failureRow({ message: error.message, answer: 'limits' })];
  }
}

function toldRow(icon: string, message: string): Remark {
  const { what, remedy } = splitMessage(message);
  return { label: `${icon} ${what}`, ...(remedy === '' ? {} : { detail: remedy }) };
}

/** Looking again is what a person can want of the dataset here. */
function datasetRow(
  { dataset }: RunDraft,
  { files, bytes }: Draft['dataset'],
  summary: Draft['check']['summary'],
): Choice<Confirmation> {
  const count = files === 1 ? vscode.l10n.t('1 file') : vscode.l10n.t('{0} files', files.toLocaleString());
  return {
    label: vscode.l10n.t('Dataset'),
    description: [count, formatBytes(bytes), ...describeSummary(summary)].join(' · '),
    detail: vscode.workspace.asRelativePath(dataset),
    value: 'check-again',
  };
}

/** What is wrong, and below it what Trainyard would do about it. One repair of several problems is offered once. */
function problemRows(
  problems: readonly Problem[],
  isMeant: (problem: Problem) => boolean,
): Choice<Confirmation>[] {
  const offered = new Set<Repair>();
  return problems.filter(isMeant).flatMap((problem) => {
    const { repair } = problem;
    if (!repair || offered.has(repair)) return [problemRow(problem)];
    offered.add(repair);
    return [problemRow({ ...problem, fix: null }), repairRow(repair)];
  });
}

function problemRow(problem: Problem): Choice<Confirmation> {
  const icons = { error: '$(error)', warning: '$(warning)', hint: '$(info)' } as const;
  const { fix, ...what } = problem;
  return {
    label: `${icons[problem.severity]} ${formatProblem({ ...what, fix: null })}`,
    ...(fix === null ? {} : { detail: fix }),
    value: 'check-again',
  };
}

const repairRow = (repair: Repair): Choice<Confirmation> => ({
  label: `$(lightbulb-autofix) ${repair.title}`,
  detail: changesOf(repair),
  value: { repair },
});

const allProblemsRow = (count: number): Choice<Confirmation> => ({
  label: vscode.l10n.t('$(list-unordered) Show all {0} in the Problems panel', count.toLocaleString()),
  value: 'show-problems',
});
