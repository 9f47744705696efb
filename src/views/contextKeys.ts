import * as vscode from 'vscode';
import type { FleetSnapshot } from '../fleet.js';
import { hasRented } from './jobMachines.js';

/** What the steps of the walkthrough wait for. */
export type ContextKey = 'trainyard.hasTrained' | 'trainyard.hasProvider' | 'trainyard.hasRented';

/** Tells VS Code what the user has done so far; only what has changed. */
export class ContextKeys {
  readonly #told = new Map<ContextKey, boolean>();

  tell({ providers, jobs }: FleetSnapshot): void {
    const known = jobs.flatMap((listed) => ('job' in listed ? [listed.job] : []));
    this.#set(
      'trainyard.hasProvider',
      providers.some(({ rents }) => rents),
    );
    this.#set('trainyard.hasRented', known.some(hasRented));
    this.#set(
      'trainyard.hasTrained',
      known.some(({ stage }) => stage.state === 'ended' && stage.outcome === 'succeeded'),
    );
  }

  #set(key: ContextKey, value: boolean): void {
    if (this.#told.get(key) === value) return;
    this.#told.set(key, value);
    void vscode.commands.executeCommand('setContext', key, value);
  }
}
