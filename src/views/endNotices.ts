import * as vscode from 'vscode';
import type { CommandId } from '../commands/commandIds.js';
import { DisposableStore, type Disposable } from '../disposable.js';
import type { Fleet, FleetSnapshot } from '../fleet.js';
import { formatDuration } from '../format.js';
import { elapsedMs, modelOf, type Job } from '../jobs/job.js';
import type { Trainyard } from '../trainyard.js';
import { fixOf } from './failureFix.js';
import { holds } from './modelsFolder.js';
import { outcomeWords } from './jobWords.js';

/**
 * Tells the end of a job once, however many windows are open: in the window that drove it. Where nobody was seen
 * driving (it ended between two looks), the window whose workspace holds the dataset tells. An end that the terminal's
 * CLI brought about was told there.
 */
export class EndNotices implements Disposable {
  readonly #engine: Trainyard;
  readonly #own = new DisposableStore();
  /** Who was last seen driving a job: the process's id. */
  readonly #drivers = new Map<string, number>();

  constructor(engine: Trainyard, fleet: Fleet) {
    this.#engine = engine;
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
    if (isOurs) void showEnd(job, this.#engine);
  }
}

function isInWorkspace(path: string): boolean {
  return (vscode.workspace.workspaceFolders ?? []).some(({ uri }) => holds(uri.fsPath, path));
}

/** What can be done about it comes first, then what there is to look at. */
async function showEnd(job: Job, engine: Trainyard): Promise<void> {
  const { stage, spec } = job;
  if (stage.state !== 'ended') return;
  const remedy = await engine.remedy(job);
  const buttons: readonly { readonly title: string; readonly command: CommandId }[] = [
    ...(remedy ? [fixOf(remedy)] : []),
    ...(modelOf(job)
      ? [{ title: vscode.l10n.t('Open Model'), command: 'trainyard.job.revealModel' } as const]
      : []),
    { title: vscode.l10n.t('Show Log'), command: 'trainyard.job.showLog' },
  ];
  const show =
    stage.outcome === 'failed' ? vscode.window.showErrorMessage : vscode.window.showInformationMessage;
  const answer = await show(endMessage(job), ...buttons.map(({ title }) => title));
  const chosen = buttons.find(({ title }) => title === answer);
  if (chosen) await vscode.commands.executeCommand(chosen.command, spec.id);
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
