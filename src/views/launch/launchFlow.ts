import { basename } from 'node:path';
import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../../disposable.js';
import { isAbort, UserError } from '../../errors.js';
import type { TrainRequest } from '../../jobs/plan.js';
import { recipes } from '../../recipes/index.js';
import type { Trainyard } from '../../trainyard.js';
import { withProgress } from '../cancellable.js';
import { whereOf } from '../jobWords.js';
import { modelsFolderFor } from '../modelsFolder.js';
import { back, type Question } from './ask.js';
import { askConfirmation } from './confirmQuestion.js';
import { DatasetCheck } from './datasetCheck.js';
import type { Opening } from './opening.js';
import { askParameters } from './parameterQuestion.js';
import { askPlace, hostAliases } from './placeQuestion.js';
import { askRecipe } from './recipeQuestion.js';
import { toRequest, withRecipe, type RunDraft } from './runDraft.js';
import { saveRunFile } from './saveRunFile.js';

const steps = ['recipe', 'place', 'parameters', 'confirm'] as const;
type Step = (typeof steps)[number];

/** What became of a question: where to go from here, or the job that was started. */
type Outcome = Step | { readonly started: string };

/**
 * From a dataset to a started job in four questions, each with a way back. The dataset is looked at while the user
 * reads; what is wrong is told in the last question, where everything can still be changed.
 */
export class LaunchFlow implements Disposable {
  readonly #engine: Trainyard;
  readonly #opening: Opening;
  readonly #own = new DisposableStore();
  readonly #check: DatasetCheck;
  #draft: RunDraft;
  #failure: string | undefined;

  constructor(engine: Trainyard, opening: Opening) {
    this.#engine = engine;
    this.#opening = opening;
    this.#draft = opening.draft;
    this.#check = this.#own.add(new DatasetCheck(engine));
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
      this.#engine.sshHosts.list(),
      hostAliases(this.#engine.logger),
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
      failure: this.#failure,
    });
    switch (answer) {
      case back:
        return 'parameters';
      case 'start':
        return this.#start();
      case 'save':
        await saveRunFile(this.#draft);
        return 'confirm';
      case 'check-again':
        this.#check.forget();
        this.#failure = undefined;
        return 'confirm';
      case 'recipe':
      case 'place':
      case 'parameters':
        return answer;
      default:
        return answer satisfies never;
    }
  }

  /** Asks the machine too. What it objects to is shown in the last question: nothing typed is lost. */
  async #start(): Promise<Outcome> {
    const where = whereOf(this.#draft);
    const title = vscode.l10n.t('Checking the dataset and {0}', where);
    try {
      const plan = await withProgress(title, (signal) => this.#engine.plan(this.#request, signal));
      return { started: await this.#engine.start(plan) };
    } catch (error) {
      if (error instanceof UserError) this.#failure = error.message;
      else if (!isAbort(error)) throw error;
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
