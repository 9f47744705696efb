import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../../disposable.js';

/** The user wants the question before this one. */
export const back = Symbol('back');
export type Back = typeof back;

/** What every question of a flow shows: `title (step/totalSteps)` and, but for the first, a way back. */
export interface Question {
  readonly title: string;
  readonly canGoBack: boolean;
  readonly step?: number;
  readonly totalSteps?: number;
}

/** An item that can be chosen, and what choosing it means. */
export interface Choice<V> extends vscode.QuickPickItem {
  readonly value: V;
}
/** Something to read among the choices: choosing it does nothing. */
export interface Remark extends vscode.QuickPickItem {
  readonly kind?: vscode.QuickPickItemKind.Default;
  readonly value?: never;
}
export type Row<V> = Choice<V> | Remark | Separator;
interface Separator extends vscode.QuickPickItem {
  readonly kind: vscode.QuickPickItemKind.Separator;
}

export const separator = (label: string): Separator => ({
  label,
  kind: vscode.QuickPickItemKind.Separator,
});

export interface ListQuestion<V> extends Question {
  readonly placeholder: string;
  /** Rows that take time are waited for with the list open. */
  readonly rows: readonly Row<V>[] | Promise<readonly Row<V>[]>;
  readonly meanwhile?: Meanwhile<V>;
  /** The row that Enter takes; else the first. */
  readonly isActive?: (value: V) => boolean;
}

/** Shown while the rows take their time. */
export interface Meanwhile<V> {
  readonly rows: readonly Row<V>[];
  /** Says how far it is, in the place of the placeholder, until disposed. */
  readonly progress?: (show: (placeholder: string) => void) => Disposable;
}

/**
 * @throws {vscode.CancellationError} the user left the flow
 * @throws what the promise of the rows rejects with
 */
export async function askFromList<V>(question: ListQuestion<V>): Promise<V | Back> {
  const own = new DisposableStore();
  const list = own.add(vscode.window.createQuickPick<Row<V>>());
  prepare(list, question);
  list.matchOnDescription = true;
  list.matchOnDetail = true;
  try {
    return await new Promise<V | Back>((resolve, reject) => {
      own.add(list.onDidAccept(() => takeChosen(list, resolve)));
      own.add(list.onDidTriggerButton(() => resolve(back)));
      own.add(list.onDidHide(() => reject(new vscode.CancellationError())));
      list.show();
      fill(list, question).catch(reject);
    });
  } finally {
    own.dispose();
  }
}

async function fill<V>(list: vscode.QuickPick<Row<V>>, question: ListQuestion<V>): Promise<void> {
  const { rows, meanwhile, placeholder, isActive } = question;
  list.busy = rows instanceof Promise;
  list.items = meanwhile?.rows ?? [];
  list.placeholder = placeholder;
  const progress = meanwhile?.progress?.((text) => (list.placeholder = text));
  const all = await rows;
  progress?.dispose();
  list.placeholder = placeholder;
  list.items = all;
  const choices = all.filter(isChoice);
  const active = choices.find(({ value }) => isActive?.(value)) ?? choices[0];
  list.activeItems = active ? [active] : [];
  list.busy = false;
}

export const isChoice = <V>(row: Row<V>): row is Choice<V> => 'value' in row;

/** Hands on what Enter or a click took; a remark is not to be had. */
function takeChosen<V>(list: vscode.QuickPick<Row<V>>, take: (value: V) => void): void {
  const [chosen] = list.selectedItems;
  if (chosen && isChoice(chosen)) take(chosen.value);
}

export interface TextQuestion extends Question {
  readonly value: string;
  readonly prompt: string;
  readonly placeholder?: string;
  /** What is wrong with the text, as one sentence; nothing when it is fine. */
  readonly problemOf?: (text: string) => string | undefined;
}

/** @throws {vscode.CancellationError} the user left the flow */
export async function askForText(question: TextQuestion): Promise<string | Back> {
  const own = new DisposableStore();
  const box = own.add(vscode.window.createInputBox());
  prepare(box, question);
  box.placeholder = question.placeholder;
  box.value = question.value;
  box.prompt = question.prompt;
  const isFine = (): boolean => {
    box.validationMessage = question.problemOf?.(box.value);
    return box.validationMessage === undefined;
  };
  try {
    return await new Promise<string | Back>((resolve, reject) => {
      own.add(box.onDidChangeValue(isFine));
      own.add(
        box.onDidAccept(() => {
          if (isFine()) resolve(box.value);
        }),
      );
      own.add(box.onDidTriggerButton(() => resolve(back)));
      own.add(box.onDidHide(() => reject(new vscode.CancellationError())));
      box.show();
    });
  } finally {
    own.dispose();
  }
}

/** What a question has in common with every other one of its flow. */
export function prepare(input: vscode.QuickInput, { title, step, totalSteps, canGoBack }: Question): void {
  input.title = title;
  input.step = step;
  input.totalSteps = totalSteps;
  input.ignoreFocusOut = true;
  if (canGoBack && 'buttons' in input) input.buttons = [vscode.QuickInputButtons.Back];
}
