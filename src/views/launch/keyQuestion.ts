import * as vscode from 'vscode';
import { DisposableStore } from '../../disposable.js';
import { AuthError, UserError } from '../../errors.js';
import type { Account } from '../../providers/cloud.js';
import type { LazyCloud } from '../../providers/clouds.js';
import { back, prepare, type Back, type Question } from './ask.js';

/** A key of the user's, and what the cloud says about it; `null` when it was not asked. */
export interface GivenKey {
  readonly key: string;
  readonly account: Account | null;
}

/**
 * Asks for the key of a cloud and tries it while the box stays open, so that a wrong one can be corrected there.
 * @throws {vscode.CancellationError} the user left
 */
export async function askKey(question: Question, cloud: LazyCloud): Promise<GivenKey | Back> {
  const own = new DisposableStore();
  const box = own.add(new KeyBox(question, cloud));
  try {
    return await box.answer();
  } finally {
    own.dispose();
  }
}

const showPage: vscode.QuickInputButton = {
  iconPath: new vscode.ThemeIcon('link-external'),
  tooltip: vscode.l10n.t('Open the Page with Your Keys'),
};
const saveAnyway: vscode.QuickInputButton = {
  iconPath: new vscode.ThemeIcon('save'),
  tooltip: vscode.l10n.t('Save Anyway'),
};

/** Nobody looks longer at a box that says nothing. */
const patienceMs = 20_000;

/** The input box of one key, as long as it is open. */
class KeyBox {
  readonly #cloud: LazyCloud;
  readonly #box = vscode.window.createInputBox();
  readonly #own = new DisposableStore();
  readonly #leaving = new AbortController();
  readonly #usualButtons: readonly vscode.QuickInputButton[];

  constructor(question: Question, cloud: LazyCloud) {
    this.#cloud = cloud;
    const { title, facts } = cloud;
    this.#own.add(this.#box);
    this.#own.add({ dispose: () => this.#leaving.abort() });
    prepare(this.#box, question);
    this.#usualButtons = [...this.#box.buttons, showPage];
    this.#box.buttons = this.#usualButtons;
    this.#box.password = true;
    this.#box.placeholder = vscode.l10n.t('API key of {0}', title);
    this.#box.prompt = vscode.l10n.t('{0} It is kept in the secret storage of VS Code.', facts.keyHint);
  }

  answer(): Promise<GivenKey | Back> {
    const box = this.#box;
    return new Promise((resolve, reject) => {
      this.#own.add(box.onDidChangeValue(() => this.#say(undefined)));
      this.#own.add(box.onDidHide(() => reject(new vscode.CancellationError())));
      this.#own.add(
        box.onDidAccept(() => {
          if (!box.busy) this.#tryKey(resolve).catch(reject);
        }),
      );
      this.#own.add(
        box.onDidTriggerButton((button) => {
          if (button === showPage) void vscode.env.openExternal(vscode.Uri.parse(this.#cloud.facts.keyUrl));
          else if (button === saveAnyway) resolve({ key: box.value.trim(), account: null });
          else resolve(back);
        }),
      );
      box.show();
    });
  }

  dispose(): void {
    this.#own.dispose();
  }

  async #tryKey(resolve: (given: GivenKey) => void): Promise<void> {
    const key = this.#box.value.trim();
    if (!/^\S+$/.test(key)) {
      this.#say(vscode.l10n.t('A key is one word without blanks.'));
      return;
    }
    const leaving = this.#leaving.signal;
    const deadline = AbortSignal.timeout(patienceMs);
    this.#box.busy = true;
    try {
      const client = await this.#cloud.openWith(key);
      resolve({ key, account: await client.check(AbortSignal.any([leaving, deadline])) });
    } catch (error) {
      if (leaving.aborted) return;
      if (error instanceof AuthError) this.#refuse();
      else if (deadline.aborted)
        this.#offerToSave(vscode.l10n.t('{0} did not answer in time.', this.#cloud.title));
      else if (error instanceof UserError) this.#offerToSave(error.message);
      else throw error;
    } finally {
      this.#box.busy = false;
    }
  }

  /** A key that was refused is of no use. */
  #refuse(): void {
    const { title, facts } = this.#cloud;
    this.#say(vscode.l10n.t('{0} refused this key. {1}', title, facts.keyHint));
  }

  /** Whether the key is good can be found out later, too. */
  #offerToSave(problem: string): void {
    this.#say(vscode.l10n.t('{0} Enter tries again; the button above saves the key unchecked.', problem));
    this.#box.buttons = [...this.#usualButtons, saveAnyway];
  }

  #say(problem: string | undefined): void {
    this.#box.validationMessage = problem;
    this.#box.buttons = [...this.#usualButtons];
  }
}
