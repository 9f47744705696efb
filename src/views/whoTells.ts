import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../disposable.js';
import type { Fleet, FleetSnapshot } from '../fleet.js';
import type { Job } from '../jobs/job.js';
import { holds } from './modelsFolder.js';

/**
 * Which of several windows tells something about a job, so that it is said once: the one that drives it or drove it
 * last. Where nobody was seen driving (it ended between two looks), the window whose workspace holds the dataset. What
 * happens while the terminal's CLI drives is told there.
 */
export class WhoTells implements Disposable {
  readonly #own = new DisposableStore();
  /** Who was last seen driving a job: the process's id. */
  readonly #drivers = new Map<string, number>();

  constructor(fleet: Fleet) {
    this.#own.add(fleet.onDidChange.on((snapshot) => this.#note(snapshot)));
  }

  isThisWindow({ spec }: Job): boolean {
    const driver = this.#drivers.get(spec.id);
    return driver === undefined ? isInWorkspace(spec.dataset) : driver === process.pid;
  }

  dispose(): void {
    this.#own.dispose();
  }

  #note({ jobs }: FleetSnapshot): void {
    for (const entry of jobs) {
      if ('job' in entry && entry.driver.kind === 'driving') this.#drivers.set(entry.id, entry.driver.pid);
    }
    for (const id of this.#drivers.keys()) {
      if (!jobs.some((entry) => entry.id === id)) this.#drivers.delete(id);
    }
  }
}

function isInWorkspace(path: string): boolean {
  return (vscode.workspace.workspaceFolders ?? []).some(({ uri }) => holds(uri.fsPath, path));
}
