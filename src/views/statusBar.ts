import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../disposable.js';
import type { Fleet } from '../fleet.js';
import { formatFraction } from '../format.js';
import type { JobFacts } from './jobWords.js';
import { activityOf, stateOf, whereOf } from './jobWords.js';
import type { LiveProgress } from './liveProgress.js';

/** An item in the status bar while jobs run: how many, and how far the newest is. */
export class JobsStatusItem implements Disposable {
  readonly #fleet: Fleet;
  readonly #progress: LiveProgress;
  readonly #own = new DisposableStore();
  readonly #item: vscode.StatusBarItem;

  constructor(fleet: Fleet, progress: LiveProgress) {
    this.#fleet = fleet;
    this.#progress = progress;
    this.#item = this.#own.add(vscode.window.createStatusBarItem('jobs', vscode.StatusBarAlignment.Left));
    this.#item.name = vscode.l10n.t('Trainyard Jobs');
    this.#own.add(fleet.onDidChange.on(() => this.#show()));
    this.#own.add(progress.onDidChange.on(() => this.#show()));
  }

  dispose(): void {
    this.#own.dispose();
  }

  #show(): void {
    const running = this.#running();
    const [newest] = running;
    if (!newest) {
      this.#item.hide();
      return;
    }
    const { name, id } = newest.job.spec;
    this.#item.text = `$(sync~spin) ${running.length === 1 ? name : vscode.l10n.t('{0} jobs', running.length)} ${short(newest)}`;
    this.#item.tooltip = running.map(toLine).join('\n');
    this.#item.accessibilityInformation = { label: `Trainyard: ${running.map(toLine).join('; ')}` };
    this.#item.command = {
      command: 'trainyard.job.showPanel',
      title: vscode.l10n.t('Show Panel'),
      arguments: running.length === 1 ? [id] : [],
    };
    this.#item.show();
  }

  #running(): JobFacts[] {
    return this.#fleet.snapshot.jobs.flatMap((entry) => {
      if (!('job' in entry) || entry.job.stage.state === 'ended') return [];
      const fraction = this.#progress.fractions.get(entry.id) ?? null;
      return [{ job: entry.job, driver: entry.driver, fraction }];
    });
  }
}

/** `43 %`, or the state where nothing is counted. */
function short({ job, fraction }: JobFacts): string {
  if (job.stage.state === 'training' && fraction !== null) return formatFraction(fraction);
  return stateOf({ job, fraction });
}

function toLine(facts: JobFacts): string {
  const { name } = facts.job.spec;
  return [name, stateOf(facts), whereOf(facts.job.spec), activityOf(facts)]
    .filter((text) => text !== null)
    .join(' · ');
}
