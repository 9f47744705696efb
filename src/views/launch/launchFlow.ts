import { basename } from 'node:path';
import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../../disposable.js';
import { isAbort, OfferGoneError, UserError } from '../../errors.js';
import { formatPrice } from '../../format.js';
import type { Draft, TrainRequest } from '../../jobs/plan.js';
import { isOwn } from '../../jobs/place.js';
import type { Repair } from '../../recipes/datasets/problem.js';
import type { Offer } from '../../providers/cloud.js';
import { recipes } from '../../recipes/index.js';
import type { DatasetProblems } from '../datasetProblems.js';
import { modelsFolderFor } from '../modelsFolder.js';
import { planWithProgress, type PlanDoor } from '../planning.js';
import { makeRepair, tellRepaired } from '../repairs.js';
import { back, type Question } from './ask.js';
import { askConfirmation, type Confirmation, type Failure } from './confirmQuestion.js';
import { DatasetCheck } from './datasetCheck.js';
import { askLimits } from './limitsQuestion.js';
import { loadOf, OfferSearch } from './offerSearch.js';
import type { Opening } from './opening.js';
import { askParameters } from './parameterQuestion.js';
import { askPlace } from './placeQuestion.js';
import { askRecipe } from './recipeQuestion.js';
import { limitsOf, toDatasetRequest, toRequest, wishOf, withRecipe, type RunDraft } from './runDraft.js';
import { saveRunFile } from './saveRunFile.js';
import { describePlace } from './summaryWords.js';

type Step = 'recipe' | 'place' | 'parameters' | 'limits' | 'confirm';
const steps: readonly Step[] = ['recipe', 'place', 'parameters', 'confirm'];
/** What a rented machine may cost is asked, too. */
const rentalSteps: readonly Step[] = ['recipe', 'place', 'parameters', 'limits', 'confirm'];

/** What the flow works with. */
export interface LaunchDoor extends PlanDoor {
  readonly problems: DatasetProblems;
}

/** What became of a question: where to go from here, or the job that was started. */
type Outcome = Step | { readonly started: string };

/**
 * From a dataset to a started job in four questions, five for a rented machine, each with a way back. The dataset is looked at while the user
 * reads; what is wrong is told in the last question, where everything can still be changed.
 */
export class LaunchFlow implements Disposable {
  readonly #door: LaunchDoor;
  readonly #opening: Opening;
  readonly #own = new DisposableStore();
  readonly #check: DatasetCheck;
  readonly #offers: OfferSearch;
  #draft: RunDraft;
  #isPlaceAnswered = false;
  #afterPlace: Step = 'parameters';
  #failure: Failure | undefined;

  constructor(door: LaunchDoor, opening: Opening) {
    this.#door = door;
    this.#opening = opening;
    this.#draft = opening.draft;
    this.#check = this.#own.add(new DatasetCheck(door.engine, door.problems));
    this.#offers = this.#own.add(new OfferSearch(door.engine));
  }

  /**
   * @returns the id of the started job; nobody drives it yet
   * @throws {vscode.CancellationError} the user left
   */
  async run(): Promise<string> {
    for (let step: Step = this.#opening.first; ;) {
      const outcome: Outcome = await this.#ask(step);
      if (typeof outcome === 'object') return outcome.started;
      step = outcome;
    }
  }

  dispose(): void {
    this.#own.dispose();
  }

  #ask(step: Step): Promise<Outcome> {
    void this.#checked();
    switch (step) {
      case 'recipe':
        return this.#askRecipe();
      case 'place':
        return this.#askPlace();
      case 'parameters':
        return this.#askParameters();
      case 'limits':
        return this.#askLimits();
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
    const check = this.#checked();
    this.#offers.begin(check, wishOf(this.#draft));
    const question = this.#question('place', vscode.l10n.t('Where'));
    const facts = {
      draft: this.#draft,
      isAnswered: this.#isPlaceAnswered,
      check,
      search: this.#offers,
    };
    const answer = await askPlace(question, facts, this.#door);
    if (answer === back) return 'recipe';
    this.#draft = { ...this.#draft, ...answer };
    this.#isPlaceAnswered = true;
    this.#failure = undefined;
    const next = this.#afterPlace === 'limits' && !this.#draft.rental ? 'confirm' : this.#afterPlace;
    this.#afterPlace = 'parameters';
    return next;
  }

  async #askParameters(): Promise<Outcome> {
    const answer = await askParameters(
      this.#question('parameters', vscode.l10n.t('Parameters')),
      this.#draft,
    );
    if (answer === back) return 'place';
    this.#draft = answer;
    if (answer.rental) return 'limits';
    if (isOwn(answer.place.provider)) return 'confirm';
    // A machine like that of an earlier job is still to be chosen: offers come and go.
    this.#afterPlace = 'limits';
    return 'place';
  }

  async #askLimits(): Promise<Outcome> {
    const question = this.#question('limits', vscode.l10n.t('Limits'));
    const answer = await askLimits(question, this.#draft, loadOf(this.#checked()));
    if (answer === back) return 'parameters';
    this.#draft = answer;
    this.#failure = undefined;
    return 'confirm';
  }

  async #askConfirmation(): Promise<Outcome> {
    const answer = await askConfirmation(this.#question('confirm', vscode.l10n.t('Start')), {
      draft: this.#draft,
      check: this.#checked(),
      termsOf: ({ offer }, load) => this.#door.engine.terms(offer, limitsOf(this.#draft), load),
      onDidProgress: this.#check.onDidProgress,
      failure: this.#failure,
    });
    return this.#heed(answer);
  }

  async #heed(answer: Confirmation): Promise<Outcome> {
    if (typeof answer === 'object') return this.#repair(answer.repair);
    switch (answer) {
      case back:
        return this.#draft.rental ? 'limits' : 'parameters';
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
      case 'limits':
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

  /** Asks the machine or the cloud too. What they object to is shown in the last question: nothing typed is lost. */
  async #start(): Promise<Outcome> {
    const title = vscode.l10n.t('Checking the dataset and {0}', describePlace(this.#draft));
    try {
      const plan = await planWithProgress(this.#request, title, this.#door);
      if (plan.offer && this.#isDearer(plan.offer)) return 'confirm';
      return { started: await this.#door.engine.start(plan) };
    } catch (error) {
      if (error instanceof UserError) this.#failure = this.#toFailure(error);
      else if (!hasLeft(error)) throw error;
      return 'confirm';
    }
  }

  /** A price that has risen since it was shown needs another yes: it is shown, and *Start* takes it. */
  #isDearer(offer: Offer): boolean {
    const { rental } = this.#draft;
    if (!rental || offer.usdPerHour <= rental.offer.usdPerHour) return false;
    const [before, now] = [rental.offer, offer].map(({ usdPerHour }) => formatPrice(usdPerHour));
    this.#draft = { ...this.#draft, rental: { ...rental, offer } };
    const message = vscode.l10n.t(
      '{0} now costs {1}, not {2}. Start takes it; choose this to see the other offers.',
      describePlace(this.#draft),
      now ?? '',
      before ?? '',
    );
    this.#failure = { message, answer: 'place' };
    return true;
  }

  #toFailure(error: UserError): Failure {
    const { rental } = this.#draft;
    if (!rental) return { message: error.message, answer: 'check-again' };
    this.#offers.repeat();
    if (!(error instanceof OfferGoneError)) return { message: error.message, answer: 'place' };
    const message = vscode.l10n.t(
      '{0} for {1} is taken by now. Choose this to see the other offers.',
      describePlace(this.#draft),
      formatPrice(rental.offer.usdPerHour),
    );
    return { message, answer: 'place' };
  }

  #question(step: Step, topic: string): Question {
    const name = this.#draft.basis?.name ?? basename(this.#draft.dataset);
    const all = this.#draft.rental ? rentalSteps : steps;
    return {
      title:
        this.#opening.first === 'recipe'
          ? vscode.l10n.t('Train {0}: {1}', name, topic)
          : vscode.l10n.t('Run {0} Again: {1}', name, topic),
      step: all.indexOf(step) + 1,
      totalSteps: all.length,
      canGoBack: step !== 'recipe',
    };
  }

  /** The look at the dataset, which is the same wherever it is trained. */
  #checked(): Promise<Draft> {
    return this.#check.result(toDatasetRequest(this.#draft, this.#modelsFolder));
  }

  get #request(): TrainRequest {
    return toRequest(this.#draft, this.#modelsFolder);
  }

  get #modelsFolder(): string {
    const folders = (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath);
    return modelsFolderFor(this.#draft.dataset, folders);
  }
}

/** Whether the user has left what was asked or done: the flow goes on. */
const hasLeft = (error: unknown): boolean => isAbort(error) || error instanceof vscode.CancellationError;
