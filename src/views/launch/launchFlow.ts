import { basename } from 'node:path';
import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../../disposable.js';
import { isAbort, UserError } from '../../errors.js';
import type { TrainRequest } from '../../jobs/plan.js';
import type { Repair } from '../../recipes/datasets/problem.js';
import { recipes } from '../../recipes/index.js';
import type { DatasetProblems } from '../datasetProblems.js';
import { whereOf } from '../jobWords.js';
import { modelsFolderFor } from '../modelsFolder.js';
import { planWithProgress, type PlanDoor } from '../planning.js';
import { makeRepair, tellRepaired } from '../repairs.js';
import { back, type Question } from './ask.js';
import { askConfirmation, type Confirmation } from './confirmQuestion.js';
import { DatasetCheck } from './datasetCheck.js';
import type { Opening } from './opening.js';
import { askParameters } from './parameterQuestion.js';
import { askPlace, hostAliases } from './placeQuestion.js';
import { askRecipe } from './recipeQuestion.js';
import { toRequest, withRecipe, type RunDraft } from './runDraft.js';
import { saveRunFile } from './saveRunFile.js';

const steps = ['recipe', 'place', 'parameters', 'confirm'] as const;
type Step = (typeof steps)[number];

/** What the flow works with. */
export interface LaunchDoor extends PlanDoor {
  readonly problems: DatasetProblems;
}

/** What became of a question: where to go from here, or the job that was started. */
type Outcome = Step | { readonly started: string };

/**
 * From a dataset to a started job in four questions, each with a way back. The dataset is looked at while the user
 * reads; what is wrong is told in the last question, where everything can still be changed.
 */
export class LaunchFlow implements Disposable {
  readonly #door: LaunchDoor;
  readonly #opening: Opening;
  readonly #own = new DisposableStore();
  readonly #check: DatasetCheck;
  #draft: RunDraft;
  #failure: string | undefined;

  constructor(door: LaunchDoor, opening: Opening) {
    this.#door = door;
    this.#opening = opening;
    this.#draft = opening.draft;
    this.#check = this.#own.add(new DatasetCheck(door.engine, door.problems));
  }

  /**
   * @returns the id of the started job; nobody drives it yet
   * @throws {vscode.CancellationError} the user left
   */
  async run(): Promise<string> {
    for (let step: Step = 'recipe'; ;) {
      const outcome: Outcome = await this.#ask(step);
      if (typeof outcome === 'object') return outcome.started;
      step = outcome;
    }
  }

  dispose(): void {
    this.#own.dispose();
  }

  #ask(step: Step): Promise<Outcome> {
    void this.#check.result(this.#request);
    switch (step) {
      case 'recipe':
        return this.#askRecipe();
      case 'place':
        return this.#askPlace();
      case 'parameters':
        return this.#askParameters();
      case 'confirm':
        return this.#askConfirmation();
      default:
        return step satisfies never;
    }
  }

  async #askRecipe(): Promise<Outcome> {
    const question = this.#question('recipe', vscode.l10n.t('Recipe'));
    const { detected } = this.#opening;
    const answer = await askRecipe(question, { all: recipes, detected, present: this.#draft.recipe });
    if (answer === back) return 'recipe';
    this.#draft = withRecipe(this.#draft, answer);
    return 'place';
  }

  async #askPlace(): Promise<Outcome> {
    const [known, aliases] = await Promise.all([
      this.#door.engine.sshHosts.list(),
      hostAliases(this.#door.engine.logger),
    ]);
    const question = this.#question('place', vscode.l10n.t('Where'));
    const answer = await askPlace(question, { known, aliases, present: this.#draft.place });
    if (answer === back) return 'recipe';
    this.#draft = { ...this.#draft, place: answer };
    this.#failure = undefined;
    return 'parameters';
  }

  async #askParameters(): Promise<Outcome> {
    const answer = await askParameters(
      this.#question('parameters', vscode.l10n.t('Parameters')),
      this.#draft,
    );
    if (answer === back) return 'place';
    this.#draft = answer;
    return 'confirm';
  }

  async #askConfirmation(): Promise<Outcome> {
    const answer = await askConfirmation(this.#question('confirm', vscode.l10n.t('Start')), {
      draft: this.#draft,
      check: this.#check.result(this.#request),
      onDidProgress: this.#check.onDidProgress,
      failure: this.#failure,
    });
    return this.#heed(answer);
  }

  async #heed(answer: Confirmation): Promise<Outcome> {
    if (typeof answer === 'object') return this.#repair(answer.repair);
    switch (answer) {
      case back:
        return 'parameters';
      case 'start':
        return this.#start();
      case 'save':
        await saveRunFile(this.#draft);
        return 'confirm';
      case 'check-again':
        this.#checkAgain();
        return 'confirm';
      case 'show-problems':
        await vscode.commands.executeCommand('workbench.actions.view.problems');
        return 'confirm';
      case 'recipe':
      case 'place':
      case 'parameters':
        return answer;
      default:
        return answer satisfies never;
    }
  }

  #checkAgain(): void {
    this.#check.forget();
    this.#failure = undefined;
  }

  /** Whatever becomes of it, the dataset is looked at again and the last question asked anew. */
  async #repair(repair: Repair): Promise<Outcome> {
    try {
      const done = await makeRepair(repair, this.#draft.dataset);
      void tellRepaired(repair, done, this.#draft.dataset);
    } catch (error) {
      if (error instanceof UserError) void vscode.window.showErrorMessage(error.message);
      else if (!hasLeft(error)) throw error;
    }
    this.#checkAgain();
    return 'confirm';
  }

  /** Asks the machine too. What it objects to is shown in the last question: nothing typed is lost. */
  async #start(): Promise<Outcome> {
    const title = vscode.l10n.t('Checking the dataset and {0}', whereOf(this.#draft));
    try {
      const plan = await planWithProgress(this.#request, title, this.#door);
      return { started: await this.#door.engine.start(plan) };
    } catch (error) {
      if (error instanceof UserError) this.#failure = error.message;
      else if (!hasLeft(error)) throw error;
      return 'confirm';
    }
  }

  #question(step: Step, topic: string): Question {
    const name = this.#draft.file?.name ?? basename(this.#draft.dataset);
    return {
      title: vscode.l10n.t('Train {0}: {1}', name, topic),
      step: steps.indexOf(step) + 1,
      totalSteps: steps.length,
      canGoBack: step !== 'recipe',
    };
  }

  get #request(): TrainRequest {
    const folders = (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath);
    return toRequest(this.#draft, modelsFolderFor(this.#draft.dataset, folders));
  }
}

/** Whether the user has left what was asked or done: the flow goes on. */
const hasLeft = (error: unknown): boolean => isAbort(error) || error instanceof vscode.CancellationError;
