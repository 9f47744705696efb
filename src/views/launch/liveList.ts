import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../../disposable.js';
import { back, isChoice, prepare, type Back, type Choice, type Question, type Row } from './ask.js';

/** A list whose rows change while it is open. */
export interface LiveListQuestion<V> extends Question {
  readonly placeholder: string;
  /** What it shows now. */
  readonly content: () => ListContent<V>;
  /** Tells, until disposed, that the content is another one. */
  readonly onDidChange: (show: () => void) => Disposable;
  /** Tells values apart, also those of different contents. */
  readonly keyOf: (value: V) => string;
}

export interface ListContent<V> {
  readonly rows: readonly Row<V>[];
  /** What Enter takes, as long as the user has not moved to another row. */
  readonly proposed: V | undefined;
  readonly isBusy: boolean;
  /** Beside *Back*. */
  readonly buttons: readonly ListButton[];
}

export interface ListButton extends vscode.QuickInputButton {
  readonly press: () => void;
}

/** @throws {vscode.CancellationError} the user left the flow */
export async function askFromLiveList<V>(question: LiveListQuestion<V>): Promise<V | Back> {
  const own = new DisposableStore();
  const list = own.add(vscode.window.createQuickPick<Row<V>>());
  prepare(list, question);
  list.matchOnDescription = true;
  list.matchOnDetail = true;
  list.placeholder = question.placeholder;
  list.keepScrollPosition = true;
  const shown = own.add(new ShownRows(list, question.keyOf));
  const show = (): void => {
    const { rows, proposed, isBusy, buttons } = question.content();
    list.buttons = [...(question.canGoBack ? [vscode.QuickInputButtons.Back] : []), ...buttons];
    list.busy = isBusy;
    shown.replace(rows, proposed);
  };
  try {
    return await new Promise<V | Back>((resolve, reject) => {
      own.add(
        list.onDidAccept(() => {
          const [chosen] = list.selectedItems;
          if (chosen && isChoice(chosen) && shown.isMeant(chosen)) resolve(chosen.value);
        }),
      );
      own.add(
        list.onDidTriggerButton((button) => {
          if ('press' in button) (button as ListButton).press();
          else resolve(back);
        }),
      );
      own.add(list.onDidHide(() => reject(new vscode.CancellationError())));
      own.add(question.onDidChange(show));
      show();
      list.show();
    });
  } finally {
    own.dispose();
  }
}

/** So long after a change, what the user does may still be meant for the rows before it. */
const settlingMs = 500;

/**
 * The rows of a list that changes under the user's hands. VS Code names a row by its place in the list: a key that was
 * pressed just before a change would take whatever has moved there. Such a choice is not heeded; it can be made again.
 */
class ShownRows<V> implements Disposable {
  readonly #list: vscode.QuickPick<Row<V>>;
  readonly #keyOf: (value: V) => string;
  readonly #own = new DisposableStore();
  /** What was shown lately, and until when (`performance.now()`). */
  #earlier: { readonly rows: readonly Row<V>[]; readonly until: number }[] = [];
  /** The row that the list has proposed, and the one the user is on. */
  #proposed: string | undefined;
  #active: string | undefined;

  constructor(list: vscode.QuickPick<Row<V>>, keyOf: (value: V) => string) {
    this.#list = list;
    this.#keyOf = keyOf;
    this.#own.add(
      list.onDidChangeActive(([row]) => {
        if (row && this.isMeant(row)) this.#active = this.#key(row);
      }),
    );
  }

  dispose(): void {
    this.#own.dispose();
  }

  /** Whether the user has seen this row where it is now. */
  isMeant(row: Row<V>): boolean {
    this.#earlier = this.#earlier.filter(({ until }) => until + settlingMs > performance.now());
    const place = this.#list.items.indexOf(row);
    return this.#earlier.every(({ rows }) => this.#key(rows[place]) === this.#key(row));
  }

  replace(rows: readonly Row<V>[], proposed: V | undefined): void {
    const choices = rows.filter(isChoice);
    const moved = this.#movedTo(choices);
    const wanted = proposed === undefined ? undefined : this.#keyOf(proposed);
    const usual = choices.find((row) => this.#key(row) === wanted) ?? choices[0];
    const active = moved ?? (this.#list.value === '' ? usual : undefined);
    if (this.#list.items.length > 0) this.#earlier.push({ rows: this.#list.items, until: performance.now() });
    this.#list.items = rows;
    // Of what the user has typed, VS Code takes the first that fits.
    if (!active) return;
    this.#list.activeItems = [active];
    this.#active = this.#key(active);
    if (!moved) this.#proposed = this.#active;
  }

  /** The row the user has gone to; one that is shown whatever is typed may just have been all there was. */
  #movedTo(choices: readonly Choice<V>[]): Choice<V> | undefined {
    if (this.#active === this.#proposed) return undefined;
    return choices.find((row) => this.#key(row) === this.#active && row.alwaysShow !== true);
  }

  #key(row: Row<V> | undefined): string | undefined {
    return row && isChoice(row) ? this.#keyOf(row.value) : undefined;
  }
}
