import * as vscode from 'vscode';
import type { CommandId } from '../commands/commandIds.js';
import { DisposableStore, type Disposable } from '../disposable.js';
import type { Fleet } from '../fleet.js';
import { markOf } from '../jobs/rented/label.js';
import type { Trainyard } from '../trainyard.js';
import type { LiveProgress } from './liveProgress.js';
import { toStatus, type Status } from './statusWords.js';
import type { Sweeper } from './sweeper.js';

/** How often money is counted again while nothing else changes. */
const clockMs = 30_000;

export interface JobsStatusItemOptions {
  readonly engine: Trainyard;
  readonly fleet: Fleet;
  readonly progress: LiveProgress;
  readonly sweeper: Sweeper;
}

/** An item in the status bar while jobs run or machines cost money, and as long as one may do so against our will. */
export class JobsStatusItem implements Disposable {
  readonly #options: JobsStatusItemOptions;
  readonly #mark: string;
  readonly #own = new DisposableStore();
  readonly #item: vscode.StatusBarItem;

  constructor(options: JobsStatusItemOptions) {
    this.#options = options;
    this.#mark = markOf(options.engine.home);
    this.#item = this.#own.add(vscode.window.createStatusBarItem('jobs', vscode.StatusBarAlignment.Left));
    this.#item.name = vscode.l10n.t('Trainyard Jobs');
    for (const changes of [
      options.fleet.onDidChange,
      options.progress.onDidChange,
      options.sweeper.onDidChange,
    ]) {
      this.#own.add(changes.on(() => this.#show()));
    }
    const clock = setInterval(() => this.#show(), clockMs);
    this.#own.add({ dispose: () => clearInterval(clock) });
  }

  dispose(): void {
    this.#own.dispose();
  }

  #show(): void {
    const { fleet, progress, sweeper } = this.#options;
    const status = toStatus(fleet.snapshot, {
      paces: progress.paces,
      mark: this.#mark,
      now: Date.now(),
      sweepProblem: sweeper.problem,
    });
    if (status) this.#draw(status);
    else this.#item.hide();
  }

  #draw({ icon, text, lines, isAlarm, jobIds }: Status): void {
    this.#item.text = `$(${icon}) ${text}`;
    this.#item.tooltip = lines.join('\n');
    this.#item.accessibilityInformation = { label: `Trainyard: ${[text, ...lines].join('; ')}` };
    this.#item.backgroundColor = isAlarm ? new vscode.ThemeColor('statusBarItem.errorBackground') : undefined;
    this.#item.command = commandOf(isAlarm, jobIds);
    this.#item.show();
  }
}

/** What is wrong comes first; a machine without a job is in the view. */
function commandOf(isAlarm: boolean, jobIds: readonly string[]): vscode.Command {
  if (isAlarm) return { command: 'trainyard.alarm.show', title: vscode.l10n.t('What to Do') };
  if (jobIds.length === 0) return { command: 'trainyard.focus', title: vscode.l10n.t('Show Machines') };
  const command: CommandId = 'trainyard.job.showPanel';
  return { command, title: vscode.l10n.t('Show Panel'), arguments: jobIds.length === 1 ? [...jobIds] : [] };
}
