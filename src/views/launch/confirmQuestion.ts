import * as vscode from 'vscode';
import type { Signal } from '../../disposable.js';
import { UserError } from '../../errors.js';
import { formatBytes, formatFraction } from '../../format.js';
import { formatProblem, type Draft } from '../../jobs/plan.js';
import type { Problem, Repair } from '../../recipes/datasets/problem.js';
import { digest } from '../../recipes/datasets/problemDigest.js';
import { whereOf } from '../jobWords.js';
import { changesOf } from '../repairWords.js';
import { askFromList, back, separator, type Back, type Choice, type Question, type Row } from './ask.js';
import type { RunDraft } from './runDraft.js';
import { describeParameters, describeSummary, splitMessage } from './summaryWords.js';

/** What the user wants of the last question; a name of another question means to answer that again. */
export type Confirmation =
  | 'start'
  | 'save'
  | 'check-again'
  | 'show-problems'
  | 'recipe'
  | 'place'
  | 'parameters'
  | { readonly repair: Repair }
  | Back;

export interface ConfirmFacts {
  readonly draft: RunDraft;
  /** The look at the dataset, perhaps still under way. */
  readonly check: Promise<Draft>;
  /** How far it is, 0..1. */
  readonly onDidProgress: Signal<number>;
  /** What went wrong at the last start, one sentence. */
  readonly failure: string | undefined;
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

async function checkedRows({ draft, check, failure }: ConfirmFacts): Promise<Row<Confirmation>[]> {
  try {
    const { check: found, dataset } = await check;
    const isBlocked = found.problems.some(({ severity }) => severity === 'error');
    const told = digest(found.problems, mostOfAKind);
    const first = isBlocked
      ? [...problemRows(told, isError), checkAgainRow]
      : [...(failure === undefined ? [] : [failureRow(failure)]), startRow(draft)];
    return [
      ...first,
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
      failureRow(error.message),
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

const startRow = ({ recipe, place }: RunDraft): Choice<Confirmation> => ({
  label: vscode.l10n.t('$(play) Start'),
  description: vscode.l10n.t('{0} on {1}', recipe.title, whereOf({ place })),
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

/** What is wrong, and below it what to do; looked at again when it is chosen. */
function failureRow(message: string): Choice<Confirmation> {
  const { what, remedy } = splitMessage(message);
  return { label: `$(error) ${what}`, ...(remedy === '' ? {} : { detail: remedy }), value: 'check-again' };
}

function answerRows(draft: RunDraft): Row<Confirmation>[] {
  return [
    { label: vscode.l10n.t('Recipe'), description: draft.recipe.title, value: 'recipe' },
    { label: vscode.l10n.t('Where'), description: whereOf(draft), value: 'place' },
    { label: vscode.l10n.t('Parameters'), description: describeParameters(draft), value: 'parameters' },
  ];
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
