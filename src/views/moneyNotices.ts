import * as vscode from 'vscode';
import type { CommandId } from '../commands/commandIds.js';
import { DisposableStore, type Disposable } from '../disposable.js';
import type { Fleet } from '../fleet.js';
import { formatDuration, formatUsd } from '../format.js';
import type { Job } from '../jobs/job.js';
import { timeScaleOf } from '../timeScale.js';
import { overdueSentence, type OverdueMachine } from './alarms.js';
import { RowHandle } from './fleetView.js';
import type { LiveProgress } from './liveProgress.js';
import { MoneyWatch, type MoneyNotice } from './moneyWatch.js';
import type { WhoTells } from './whoTells.js';

/** How often deadlines and repeated alarms are looked at while nothing changes. */
const clockMs = 15_000;

export interface MoneyNoticesOptions {
  readonly fleet: Fleet;
  readonly progress: LiveProgress;
  readonly who: WhoTells;
}

/** Tells what happens to the money of a job: once, in the window that drives it. */
export class MoneyNotices implements Disposable {
  readonly #options: MoneyNoticesOptions;
  readonly #own = new DisposableStore();
  readonly #watch = new MoneyWatch(timeScaleOf(process.env));

  constructor(options: MoneyNoticesOptions) {
    this.#options = options;
    this.#own.add(options.fleet.onDidChange.on(() => this.#look()));
    const clock = setInterval(() => this.#look(), clockMs * timeScaleOf(process.env));
    this.#own.add({ dispose: () => clearInterval(clock) });
  }

  dispose(): void {
    this.#own.dispose();
  }

  #look(): void {
    const { fleet, progress, who } = this.#options;
    for (const notice of this.#watch.look(fleet.snapshot, progress.paces, Date.now())) {
      if (who.isThisWindow(jobOf(notice))) void tell(notice);
    }
  }
}

const jobOf = (notice: MoneyNotice): Job => (notice.kind === 'overdue' ? notice.machine.job : notice.job);

/** A notification, and the one thing to do next (two where a machine costs money). */
interface Told {
  readonly show: typeof vscode.window.showInformationMessage;
  readonly message: string;
  readonly buttons: readonly {
    readonly title: string;
    readonly command: CommandId;
    readonly target: string | RowHandle;
  }[];
}

async function tell(notice: MoneyNotice): Promise<void> {
  const { show, message, buttons } = toTold(notice);
  const answer = await show(message, ...buttons.map(({ title }) => title));
  const chosen = buttons.find(({ title }) => title === answer);
  if (chosen) await vscode.commands.executeCommand(chosen.command, chosen.target);
}

function toTold(notice: MoneyNotice): Told {
  switch (notice.kind) {
    case 'budget':
      return {
        show: notice.percent < 80 ? vscode.window.showInformationMessage : vscode.window.showWarningMessage,
        message: budgetMessage(notice),
        buttons: [showPanel(notice.job)],
      };
    case 'ending':
      return {
        show: vscode.window.showWarningMessage,
        message: vscode.l10n.t(
          'The training of {0} is ended in {1}, when the time of its machine is up. Its newest checkpoint is brought home.',
          notice.job.spec.name,
          formatDuration(Math.ceil(notice.leftMs / minuteMs) * minuteMs),
        ),
        buttons: [
          { title: vscode.l10n.t('Extend…'), command: 'trainyard.job.extend', target: notice.job.spec.id },
        ],
      };
    case 'replaced':
      return {
        show: vscode.window.showWarningMessage,
        message: replacedMessage(notice),
        buttons: [showPanel(notice.job)],
      };
    case 'overdue':
      return {
        show: vscode.window.showErrorMessage,
        message: overdueSentence(notice.machine),
        buttons: [
          {
            title: vscode.l10n.t('Open Console'),
            command: 'trainyard.instance.openConsole',
            target: handleOf(notice.machine),
          },
          {
            title: vscode.l10n.t('Try Again'),
            command: 'trainyard.instance.terminate',
            target: handleOf(notice.machine),
          },
        ],
      };
    default:
      return notice satisfies never;
  }
}

const minuteMs = 60_000;

const showPanel = ({ spec }: Job): Told['buttons'][number] => ({
  title: vscode.l10n.t('Show Panel'),
  command: 'trainyard.job.showPanel',
  target: spec.id,
});

function budgetMessage({
  job,
  percent,
  spentUsd,
  budgetUsd,
}: Extract<MoneyNotice, { kind: 'budget' }>): string {
  const { name } = job.spec;
  const budget = formatUsd(budgetUsd);
  if (percent >= 100) {
    return vscode.l10n.t(
      '{0} has spent its budget of {1}. It is stopped, and its results are brought home.',
      name,
      budget,
    );
  }
  return vscode.l10n.t('{0} has spent {1} of its budget of {2}.', name, formatUsd(spentUsd), budget);
}

function replacedMessage({ job, why, usd }: Extract<MoneyNotice, { kind: 'replaced' }>): string {
  const { name } = job.spec;
  const because = why === null ? '' : ` (${why.replace(/\.$/, '')})`;
  const cost = formatUsd(usd);
  return vscode.l10n.t(
    '{0} takes another machine: this one is of no use{1}. It has cost {2}.',
    name,
    because,
    cost,
  );
}

function handleOf({ provider, id, job }: OverdueMachine): RowHandle {
  const subject = { kind: 'instance', provider, instance: id, jobId: job.spec.id } as const;
  return new RowHandle(`${provider}/${id}`, subject);
}
