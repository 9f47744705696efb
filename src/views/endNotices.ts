import * as vscode from 'vscode';
import type { CommandId } from '../commands/commandIds.js';
import { DisposableStore, type Disposable } from '../disposable.js';
import type { Fleet, FleetSnapshot } from '../fleet.js';
import { formatDuration } from '../format.js';
import { elapsedMs, modelOf, type Job } from '../jobs/job.js';
import { holds } from './modelsFolder.js';
import { outcomeWords } from './jobWords.js';

/**
 * Tells the end of a job once, however many windows are open: in the window that drove it. Where nobody was seen
 * driving (it ended between two looks), the window whose workspace holds the dataset tells. An end that the terminal's
 * CLI brought about was told there.
 */
export class EndNotices implements Disposable {
  readonly #own = new DisposableStore();
  /** Who was last seen driving a job: the process's id. */
  readonly #drivers = new Map<string, number>();

  constructor(fleet: Fleet) {
    this.#own.add(fleet.onDidEnd.on(({ job }) => this.#tell(job)));
    this.#own.add(fleet.onDidChange.on((snapshot) => this.#note(snapshot)));
  }

  dispose(): void {
    this.#own.dispose();
  }

  #note({ jobs }: FleetSnapshot): void {
    for (const entry of jobs) {
      if ('job' in entry && entry.driver.kind === 'driving') this.#drivers.set(entry.id, entry.driver.pid);
    }
  }

  #tell(job: Job): void {
    const driver = this.#drivers.get(job.spec.id);
    this.#drivers.delete(job.spec.id);
    const isOurs = driver === undefined ? isInWorkspace(job.spec.dataset) : driver === process.pid;
    if (isOurs) void showEnd(job);
  }
}

function isInWorkspace(path: string): boolean {
  return (vscode.workspace.workspaceFolders ?? []).some(({ uri }) => holds(uri.fsPath, path));
}

async function showEnd(job: Job): Promise<void> {
  const { stage, spec } = job;
  if (stage.state !== 'ended') return;
  const openModel = vscode.l10n.t('Open Model');
  const showLog = vscode.l10n.t('Show Log');
  const actions = modelOf(job) ? [openModel, showLog] : [showLog];
  const show =
    stage.outcome === 'failed' ? vscode.window.showErrorMessage : vscode.window.showInformationMessage;
  const answer = await show(endMessage(job), ...actions);
  const command: Record<string, CommandId> = {
    [openModel]: 'trainyard.job.revealModel',
    [showLog]: 'trainyard.job.showLog',
  };
  const chosen = answer === undefined ? undefined : command[answer];
  if (chosen) await vscode.commands.executeCommand(chosen, spec.id);
}

/** `digits has finished (42 s). The model is models/model_script_….json.` */
function endMessage(job: Job): string {
  const { stage, spec } = job;
  if (stage.state !== 'ended') return spec.name;
  const what = `${spec.name} ${outcomeWords[stage.outcome]} (${formatDuration(elapsedMs(job, Date.now()))}).`;
  const model = modelOf(job);
  if (stage.outcome === 'succeeded' && model) {
    return vscode.l10n.t('{0} The model is {1}', what, vscode.workspace.asRelativePath(model.path));
  }
  const { message, fix } = stage.reason;
  return [what, message, ...(fix === null ? [] : [fix])].join(' ');
}
