import { basename, resolve } from 'node:path';
import * as vscode from 'vscode';
import { DisposableStore } from '../../disposable.js';
import { exitCodes, isAbort, messageOf, UserError } from '../../errors.js';
import type { Fleet } from '../../fleet.js';
import { exitCodeOf } from '../../jobs/exitCode.js';
import type { FeedUpdate, JobFeed } from '../../jobs/feed.js';
import { modelOf, type Job } from '../../jobs/job.js';
import type { Plan, TrainRequest } from '../../jobs/plan.js';
import { describeRental } from '../../jobs/rentalTerms.js';
import { whereOf } from '../jobWords.js';
import { LogLines } from '../logLines.js';
import { modelsFolderFor } from '../modelsFolder.js';
import { planWithProgress, type PlanDoor } from '../planning.js';
import type { TaskDefinition } from './taskDefinition.js';

/** What a training in a task works with. */
export interface TaskDoor extends PlanDoor {
  readonly fleet: Fleet;
}

/** What a terminal sends for Ctrl+C. */
const interrupt = '\u0003';

/**
 * A training as a task: its log in the terminal, and an exit code that other tasks can wait for. Closing the terminal
 * leaves it running, as closing the editor does; Ctrl+C stops it.
 */
export class TrainTerminal implements vscode.Pseudoterminal {
  readonly #definition: TaskDefinition;
  readonly #folder: string;
  readonly #door: TaskDoor;
  readonly #own = new DisposableStore();
  readonly #writes = this.#own.add(new vscode.EventEmitter<string>());
  readonly #closes = this.#own.add(new vscode.EventEmitter<number>());
  readonly onDidWrite = this.#writes.event;
  readonly onDidClose = this.#closes.event;
  readonly #closing = new AbortController();
  readonly #lines = new LogLines();
  #jobId: string | undefined;
  #statesTold = 0;

  /** @param folder absolute; what the definition's path is relative to */
  constructor(definition: TaskDefinition, folder: string, door: TaskDoor) {
    this.#definition = definition;
    this.#folder = folder;
    this.#door = door;
  }

  open(): void {
    void this.#run().then((code) => this.#closes.fire(code));
  }

  handleInput(data: string): void {
    if (data === interrupt) void this.#interrupt();
  }

  close(): void {
    this.#closing.abort();
    this.#own.dispose();
  }

  async #run(): Promise<number> {
    try {
      return await this.#train();
    } catch (error) {
      if (isAbort(error) || error instanceof vscode.CancellationError) {
        this.#say(vscode.l10n.t('Nothing was started.'));
        return exitCodes.badInput;
      }
      this.#say(messageOf(error));
      return error instanceof UserError ? error.exitCode : exitCodes.jobFailed;
    }
  }

  async #train(): Promise<number> {
    const { engine, fleet } = this.#door;
    if (!vscode.workspace.isTrusted) {
      this.#say(
        vscode.l10n.t('Training runs code of this workspace, and you have not said that you trust it.'),
      );
      return exitCodes.badInput;
    }
    const plan = await this.#plan();
    const { spec } = plan;
    await confirmRental(plan);
    this.#closing.signal.throwIfAborted();
    this.#jobId = await engine.start(plan);
    this.#say(vscode.l10n.t('{0}: {1} on {2}', spec.id, spec.recipe, whereOf(spec)));
    this.#say(vscode.l10n.t('Ctrl+C stops the training. Closing this terminal leaves it running.'));
    await fleet.refresh();
    const feed = this.#own.add(await engine.feed(this.#jobId));
    return this.#follow(feed);
  }

  #plan(): Promise<Plan> {
    const { path, recipe, params, provider } = this.#definition;
    const absolute = resolve(this.#folder, path);
    const folders = (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath);
    const request: TrainRequest = {
      path: absolute,
      recipe,
      parameters: params,
      providers: provider === undefined ? undefined : [provider],
      defaultTo: modelsFolderFor(absolute, folders),
    };
    this.#say(vscode.l10n.t('Checking {0}', path));
    return planWithProgress(request, vscode.l10n.t('Checking {0}', basename(absolute)), this.#door);
  }

  async #follow(feed: JobFeed): Promise<number> {
    this.#own.add(feed.onUpdate.on((update) => this.#tell(update)));
    this.#tellStates(feed.job);
    feed.start();
    await feed.until(({ job }) => job.stage.state === 'ended', this.#closing.signal);
    await feed.read();
    this.#write(this.#lines.end());
    const { job } = feed;
    const { stage } = job;
    if (stage.state !== 'ended') return exitCodes.good;
    const model = modelOf(job);
    this.#say([stage.reason.message, stage.reason.fix].filter((text) => text !== null).join(' '));
    if (model) this.#say(vscode.l10n.t('The model is {0}', model.path));
    return exitCodeOf(stage);
  }

  #tell(update: FeedUpdate): void {
    if (update.kind === 'log') this.#write(this.#lines.push(update.bytes));
    else if (update.kind === 'job') this.#tellStates(update.job);
  }

  #tellStates({ timeline }: Job): void {
    for (const { state } of timeline.slice(this.#statesTold)) this.#say(`── ${state}`);
    this.#statesTold = timeline.length;
  }

  async #interrupt(): Promise<void> {
    if (this.#jobId === undefined) {
      this.#closing.abort();
      return;
    }
    try {
      await this.#door.engine.requestStop(this.#jobId);
      this.#say(vscode.l10n.t('Stopping: the training may write a last checkpoint.'));
    } catch (error) {
      // It ended in the same moment.
      this.#say(messageOf(error));
    }
  }

  #say(message: string): void {
    this.#writes.fire(`${message}\r\n`);
  }

  #write(text: string): void {
    if (text !== '') this.#writes.fire(text.replaceAll('\n', '\r\n'));
  }
}

/** A file of a repository must not spend money by itself. @throws {vscode.CancellationError} the user would rather not */
async function confirmRental(plan: Plan): Promise<void> {
  const lines = describeRental(plan);
  if (lines.length === 0) return;
  const rent = vscode.l10n.t('Rent and Train');
  const answer = await vscode.window.showWarningMessage(
    vscode.l10n.t('Rent a machine for {0}?', plan.spec.name),
    { modal: true, detail: lines.join('\n\n') },
    rent,
  );
  if (answer !== rent) throw new vscode.CancellationError();
}
