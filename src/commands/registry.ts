import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../disposable.js';
import { isAbort, UserError } from '../errors.js';
import type { CommandId } from './commandIds.js';
import { RemediableError } from './remediableError.js';

/**
 * Gets what VS Code passes: a row of the tree, a file, an id, or nothing from the palette; and of a tree all rows that
 * are selected, where the row is one of several.
 */
export type Handler = (target: unknown, selected: unknown) => Promise<void> | void;

/** Registers the commands. What goes wrong in one is logged and shown here, and nowhere else. */
export class CommandRegistry implements Disposable {
  readonly #log: vscode.LogOutputChannel;
  readonly #own = new DisposableStore();

  constructor(handlers: Readonly<Record<CommandId, Handler>>, log: vscode.LogOutputChannel) {
    this.#log = log;
    for (const [id, handler] of Object.entries(handlers)) {
      this.#own.add(
        vscode.commands.registerCommand(id, (target?: unknown, selected?: unknown) =>
          this.#run(id, () => handler(target, selected)),
        ),
      );
    }
  }

  dispose(): void {
    this.#own.dispose();
  }

  async #run(id: string, handle: () => Promise<void> | void): Promise<void> {
    const began = performance.now();
    const outcome = await this.#outcomeOf(handle);
    this.#log.info(`command ${id} → ${outcome} (${Math.round(performance.now() - began)} ms)`);
  }

  async #outcomeOf(handle: () => Promise<void> | void): Promise<'done' | 'cancelled' | 'failed'> {
    try {
      await handle();
      return 'done';
    } catch (error) {
      if (isAbort(error) || error instanceof vscode.CancellationError) return 'cancelled';
      this.#log.error(error instanceof UserError ? error.message : describe(error));
      void this.#show(error);
      return 'failed';
    }
  }

  async #show(error: unknown): Promise<void> {
    const showLog = vscode.l10n.t('Show Log');
    const message =
      error instanceof UserError
        ? error.message
        : vscode.l10n.t('Something went wrong inside Trainyard. Its log says what.');
    const remedy = error instanceof RemediableError ? error.remedy : undefined;
    const buttons = remedy ? [remedy.title, showLog] : [showLog];
    const answer = await vscode.window.showErrorMessage(message, ...buttons);
    if (answer === showLog) this.#log.show();
    else if (answer !== undefined) remedy?.run();
  }
}

const describe = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);
