import * as vscode from 'vscode';
import type { CommandId } from '../commands/commandIds.js';
import { DisposableStore, type Disposable } from '../disposable.js';
import type { Fleet } from '../fleet.js';
import { formatDuration, formatUsd } from '../format.js';
import { costUsd, elapsedMs, modelOf, type Job } from '../jobs/job.js';
import type { Trainyard } from '../trainyard.js';
import { reasonWords } from './endReason.js';
import { fixOf } from './failureFix.js';
import { hasRented } from './jobMachines.js';
import { endWords } from './jobWords.js';
import type { WhoTells } from './whoTells.js';

/** Tells the end of a job, and what it cost, once, however many windows are open. */
export class EndNotices implements Disposable {
  readonly #own = new DisposableStore();

  constructor(engine: Trainyard, fleet: Fleet, who: WhoTells) {
    this.#own.add(
      fleet.onDidEnd.on(({ job }) => {
        if (who.isThisWindow(job)) void showEnd(job, engine);
      }),
    );
  }

  dispose(): void {
    this.#own.dispose();
  }
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

/** `digits has finished (12 min, $0.09). The model is models/model_script_….json.` */
function endMessage(job: Job): string {
  const { stage, spec } = job;
  if (stage.state !== 'ended') return spec.name;
  const now = Date.now();
  const took = formatDuration(elapsedMs(job, now));
  const spent = hasRented(job) ? `${took}, ${formatUsd(costUsd(job, now))}` : took;
  const what = endWords(spec.name, stage.outcome, spent);
  const model = modelOf(job);
  if (stage.outcome === 'succeeded' && model) {
    return vscode.l10n.t('{0} The model is {1}', what, vscode.workspace.asRelativePath(model.path));
  }
  const { message, fix } = reasonWords(stage.reason);
  return [what, message, ...(fix === null ? [] : [fix])].join(' ');
}
