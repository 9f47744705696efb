import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../../disposable.js';
import { fits } from './typed.js';
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
          if (chosen && isChoice(chosen) && shown.heeds(chosen)) resolve(chosen.value);
          // A row that is selected already cannot be clicked again.
          else list.selectedItems = [];
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

/** What the list was before a change. */
interface Earlier<V> {
  readonly rows: readonly Row<V>[];
  /** The row that was proposed. */
  readonly proposed: string | undefined;
  /** `performance.now()` */
  readonly replacedAt: number;
}

/** So long after a change, what the user does may still be meant for the rows before it. */
const settlingMs = 500;

/**
 * The rows of a list that changes under the user's hands. VS Code names a row by its place in the list, and takes a row
 * that was made active also where the user has just typed it away: a key that was pressed just before a change would
 * choose something else. Such a choice is not heeded; it can be made again.
 */
class ShownRows<V> implements Disposable {
  readonly #list: vscode.QuickPick<Row<V>>;
  readonly #keyOf: (value: V) => string;
  readonly #own = new DisposableStore();
  #earlier: readonly Earlier<V>[] = [];
  /** The row that the list has proposed, and the one the user is on. */
  #proposed: string | undefined;
  #active: string | undefined;
  /** The row that was taken though what is typed hides it. */
  #doubted: string | undefined;

  constructor(list: vscode.QuickPick<Row<V>>, keyOf: (value: V) => string) {
    this.#list = list;
    this.#keyOf = keyOf;
    this.#own.add(
      list.onDidChangeActive(([row]) => {
        if (row && this.#isMeant(row) && !this.#wasProposed(row)) this.#active = this.#key(row);
      }),
    );
    // What fits the typed text best is active then, not what was proposed just before.
    this.#own.add(
      list.onDidChangeValue(() => {
        this.#doubted = undefined;
        if (this.#lately().length > 0) list.items = [...list.items];
      }),
    );
  }

  dispose(): void {
    this.#own.dispose();
  }

  /**
   * Whether the choice of this row stands. One that is not among what is typed does so the second time only, when what
   * fits was made active in between: VS Code also shows what fits but loosely.
   */
  heeds(row: Row<V>): boolean {
    if (!this.#isMeant(row)) return false;
    const key = this.#key(row);
    if (fits(row, this.#list.value) || this.#doubted === key) return true;
    this.#doubted = key;
    this.#list.items = [...this.#list.items];
    return false;
  }

  /** Whether the user can have meant this row, and no other one that was in its place just before. */
  #isMeant(row: Row<V>): boolean {
    const lately = this.#lately();
    if (this.#list.value !== '') return lately.length === 0;
    const place = this.#list.items.indexOf(row);
    return lately.every(({ rows }) => this.#key(rows[place]) === this.#key(row));
  }

  replace(rows: readonly Row<V>[], proposed: V | undefined): void {
    const choices = rows.filter(isChoice);
    const find = (key: string | undefined): Choice<V> | undefined =>
      choices.find((row) => this.#key(row) === key);
    const moved = this.#active === this.#proposed ? undefined : find(this.#active);
    const active = moved ?? (proposed && find(this.#keyOf(proposed))) ?? choices[0];
    const replacedAt = performance.now();
    this.#earlier = [...this.#earlier, { rows: this.#list.items, proposed: this.#proposed, replacedAt }];
    this.#list.items = rows;
    if (!active || this.#list.value !== '') return;
    this.#list.activeItems = [active];
    this.#active = this.#key(active);
    if (!moved) this.#proposed = this.#active;
  }

  /** VS Code tells late what was made active: that is no move of the user's. */
  #wasProposed(row: Row<V>): boolean {
    return this.#lately().some(({ proposed }) => proposed === this.#key(row));
  }

  #lately(): readonly Earlier<V>[] {
    const since = performance.now() - settlingMs;
    this.#earlier = this.#earlier.filter(({ rows, replacedAt }) => rows.length > 0 && replacedAt > since);
    return this.#earlier;
  }

  #key(row: Row<V> | undefined): string | undefined {
    return row && isChoice(row) ? this.#keyOf(row.value) : undefined;
  }
}
