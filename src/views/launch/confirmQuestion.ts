import * as vscode from 'vscode';
import { UserError } from '../../errors.js';
import { formatBytes } from '../../format.js';
import { formatProblem, type Draft } from '../../jobs/plan.js';
import type { Problem } from '../../recipes/datasets/problem.js';
import { whereOf } from '../jobWords.js';
import { askFromList, back, separator, type Back, type Choice, type Question, type Row } from './ask.js';
import { valuesOf, type RunDraft } from './runDraft.js';
import { describeSummary, splitMessage } from './summaryWords.js';

/** What the user wants of the last question; a name of another question means to answer that again. */
export type Confirmation = 'start' | 'save' | 'check-again' | 'recipe' | 'place' | 'parameters' | Back;

export interface ConfirmFacts {
  readonly draft: RunDraft;
  /** The look at the dataset, perhaps still under way. */
  readonly check: Promise<Draft>;
  /** What went wrong at the last start, one sentence. */
  readonly failure: string | undefined;
}

/** The last question: everything at a glance, what is wrong with it, and *Start*. */
export function askConfirmation(question: Question, facts: ConfirmFacts): Promise<Confirmation> {
  return askFromList<Confirmation>({
    ...question,
    placeholder: vscode.l10n.t('Start, or choose an answer to change it'),
    rows: checkedRows(facts),
    rowsMeanwhile: [separator(vscode.l10n.t('looking at the dataset…')), ...answerRows(facts.draft)],
  });
}

async function checkedRows({ draft, check, failure }: ConfirmFacts): Promise<Row<Confirmation>[]> {
  try {
    const { check: found, dataset } = await check;
    const errors = found.problems.filter(({ severity }) => severity === 'error');
    const first =
      errors.length > 0
        ? [...errors.map(problemRow), checkAgainRow]
        : [...(failure === undefined ? [] : [failureRow(failure)]), startRow(draft)];
    return [
      ...first,
      separator(vscode.l10n.t('answers')),
      ...answerRows(draft),
      datasetRow(draft, dataset, found.summary),
      ...found.problems.filter(({ severity }) => severity !== 'error').map(problemRow),
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
  const values = Object.entries(valuesOf(draft)).filter(([, value]) => value !== '');
  return [
    { label: vscode.l10n.t('Recipe'), description: draft.recipe.title, value: 'recipe' },
    { label: vscode.l10n.t('Where'), description: whereOf(draft), value: 'place' },
    {
      label: vscode.l10n.t('Parameters'),
      description: values.map(([name, value]) => `${name}=${value}`).join('  '),
      value: 'parameters',
    },
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

function problemRow(problem: Problem): Choice<Confirmation> {
  const icons = { error: '$(error)', warning: '$(warning)', hint: '$(info)' } as const;
  const { fix, ...what } = problem;
  return {
    label: `${icons[problem.severity]} ${formatProblem({ ...what, fix: null })}`,
    ...(fix === null ? {} : { detail: fix }),
    value: 'check-again',
  };
}
