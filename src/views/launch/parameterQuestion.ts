import * as vscode from 'vscode';
import { messageOf } from '../../errors.js';
import { parseParameters, readSetOption } from '../../recipes/parameters.js';
import type { Parameter, ParameterValue, Recipe } from '../../recipes/recipe.js';
import {
  askForText,
  askFromList,
  back,
  separator,
  type Back,
  type Choice,
  type Question,
  type Row,
} from './ask.js';
import { valuesOf, withoutParameter, withParameter, type RunDraft } from './runDraft.js';

type ParameterAction =
  | { readonly kind: 'continue' }
  | { readonly kind: 'change'; readonly parameter: Parameter }
  /** A parameter the recipe does not know, passed on as it is. */
  | { readonly kind: 'change-free'; readonly name: string }
  | { readonly kind: 'add-free' }
  | { readonly kind: 'show-advanced' };

/** Lets any parameter be changed until the user continues. */
export async function askParameters(question: Question, given: RunDraft): Promise<RunDraft | Back> {
  let draft = given;
  let showAdvanced = false;
  let isNext = ({ kind }: ParameterAction): boolean => kind === 'continue';
  for (;;) {
    const action = await askFromList<ParameterAction>({
      ...question,
      placeholder: vscode.l10n.t('Continue, or choose a parameter to change it'),
      rows: toRows(draft, showAdvanced),
      isActive: isNext,
    });
    if (action === back) return back;
    if (action.kind === 'continue') return draft;
    isNext = ({ kind }) => kind === 'continue';
    if (action.kind === 'show-advanced') {
      showAdvanced = true;
      isNext = (row) => row.kind === 'change' && row.parameter.advanced === true;
    } else {
      draft = await change(draft, action, { ...question, canGoBack: true });
    }
  }
}

/** Advanced parameters that have another value than usual are never hidden. */
function toRows(draft: RunDraft, showAdvanced: boolean): Row<ParameterAction>[] {
  const { parameters, freeParameters = false } = draft.recipe;
  const values = valuesOf(draft);
  const isSpecial = ({ name, default: usual }: Parameter): boolean => values[name] !== usual;
  const usual = parameters.filter((parameter) => !parameter.advanced);
  const advanced = parameters.filter((parameter) => parameter.advanced);
  const shown = showAdvanced ? advanced : advanced.filter(isSpecial);
  const hidden = advanced.filter((parameter) => !shown.includes(parameter));
  const free = Object.keys(values).filter((name) => !parameters.some((known) => known.name === name));
  return [
    { label: vscode.l10n.t('$(arrow-right) Continue'), value: { kind: 'continue' } },
    separator(vscode.l10n.t('parameters')),
    ...usual.map((parameter) => toChoice(draft, parameter, values[parameter.name])),
    ...free.map((name) => freeChoice(draft, name, values[name])),
    ...(freeParameters ? [addChoice] : []),
    ...(advanced.length > 0 ? [separator(vscode.l10n.t('more'))] : []),
    ...shown.map((parameter) => toChoice(draft, parameter, values[parameter.name])),
    ...(hidden.length > 0 ? [moreChoice(hidden)] : []),
  ];
}

function toChoice(
  draft: RunDraft,
  parameter: Parameter,
  value: ParameterValue | undefined,
): Choice<ParameterAction> {
  return {
    label: parameter.name,
    description: describeValue(draft, parameter.name, value),
    detail: parameter.help,
    value: { kind: 'change', parameter },
  };
}

function freeChoice(
  draft: RunDraft,
  name: string,
  value: ParameterValue | undefined,
): Choice<ParameterAction> {
  return {
    label: name,
    description: describeValue(draft, name, value),
    value: { kind: 'change-free', name },
  };
}

const addChoice: Choice<ParameterAction> = {
  label: vscode.l10n.t('$(add) Another parameter…'),
  detail: vscode.l10n.t('Passed on to the training as it is'),
  value: { kind: 'add-free' },
};

const moreChoice = (advanced: readonly Parameter[]): Choice<ParameterAction> => ({
  label: vscode.l10n.t('$(ellipsis) More…'),
  detail: advanced.map(({ name }) => name).join(', '),
  value: { kind: 'show-advanced' },
});

/** `30`, `(empty)`, `30 · changed` */
function describeValue({ changed }: RunDraft, name: string, value: ParameterValue | undefined): string {
  const text = value === undefined || value === '' ? vscode.l10n.t('(empty)') : String(value);
  return name in changed ? vscode.l10n.t('{0} · changed', text) : text;
}

type Change = Extract<ParameterAction, { kind: 'change' | 'change-free' | 'add-free' }>;

/** The draft with the new value; the same when the user goes back. */
async function change(draft: RunDraft, action: Change, question: Question): Promise<RunDraft> {
  switch (action.kind) {
    case 'change':
      return changeKnown(draft, action.parameter, question);
    case 'change-free':
      return changeFree(draft, action.name, question);
    case 'add-free':
      return addFree(draft, question);
    default:
      return action satisfies never;
  }
}

async function changeKnown(draft: RunDraft, parameter: Parameter, question: Question): Promise<RunDraft> {
  const { name } = parameter;
  const value = valuesOf(draft)[name];
  const answer = choicesOf(parameter)
    ? await askFromList<string>({
        ...question,
        placeholder: `${name}: ${parameter.help}`,
        rows: (choicesOf(parameter) ?? []).map((choice) => ({ label: choice, value: choice })),
        isActive: (choice) => choice === String(value),
      })
    : await askForText({
        ...question,
        value: String(value ?? ''),
        prompt: `${name}: ${parameter.help}`,
        problemOf: (text) => problemOf(draft.recipe, name, text),
      });
  return answer === back ? draft : set(draft, name, answer);
}

function choicesOf(parameter: Parameter): readonly string[] | undefined {
  if (parameter.type === 'choice') return parameter.choices;
  return parameter.type === 'boolean' ? ['true', 'false'] : undefined;
}

async function changeFree(draft: RunDraft, name: string, question: Question): Promise<RunDraft> {
  const answer = await askForText({
    ...question,
    value: String(valuesOf(draft)[name] ?? ''),
    prompt: vscode.l10n.t('{0}: passed on to the training as it is; empty takes your change back', name),
  });
  if (answer === back) return draft;
  return answer === '' ? withoutParameter(draft, name) : set(draft, name, answer);
}

async function addFree(draft: RunDraft, question: Question): Promise<RunDraft> {
  const answer = await askForText({
    ...question,
    value: '',
    prompt: vscode.l10n.t('A parameter and its value'),
    placeholder: 'epochs=10',
    problemOf: (text) => assignmentProblem(draft.recipe, text),
  });
  if (answer === back) return draft;
  const { name, value } = readSetOption(answer);
  return set(draft, name, value);
}

function assignmentProblem(recipe: Recipe, text: string): string | undefined {
  if (!/^\s*[^=\s]+\s*=/.test(text)) return vscode.l10n.t('Write name=value, as in epochs=10.');
  const { name, value } = readSetOption(text);
  return problemOf(recipe, name, value);
}

function problemOf(recipe: Recipe, name: string, text: string): string | undefined {
  try {
    parseParameters(recipe, { [name]: text });
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

/** The text as a value of the parameter's type. */
function set(draft: RunDraft, name: string, text: string): RunDraft {
  const value = parseParameters(draft.recipe, { [name]: text })[name];
  return value === undefined ? draft : withParameter(draft, name, value);
}
