import * as vscode from 'vscode';
import { SecretError } from '../errors.js';
import type { Plan, TrainRequest } from '../jobs/plan.js';
import type { OnCheckProgress } from '../recipes/recipe.js';
import type { Trainyard } from '../trainyard.js';
import { withProgress, type Report } from './cancellable.js';
import type { SecretStore } from './secretStore.js';
import { askToken } from './tokenQuestion.js';

/** What it takes to plan a job in the editor. */
export interface PlanDoor {
  readonly engine: Trainyard;
  readonly secrets: SecretStore;
}

/**
 * Checks everything before a start, with a notification that can cancel it. A key of the user's that is missing is asked
 * for, kept, and everything is checked again.
 * @throws {vscode.CancellationError} the user has no such key at hand
 */
export async function planWithProgress(
  request: TrainRequest,
  title: string,
  { engine, secrets }: PlanDoor,
): Promise<Plan> {
  for (;;) {
    try {
      return await withProgress(title, (signal, report) =>
        engine.plan(request, signal, checkProgress(report)),
      );
    } catch (error) {
      if (!(error instanceof SecretError)) throw error;
      await secrets.set(error.secret, await askToken(error.secret, error.message));
    }
  }
}

/** Tells how many files a check has looked at. */
export const checkProgress =
  (report: Report): OnCheckProgress =>
  (done, total) => {
    const counted = vscode.l10n.t('{0} of {1}', done.toLocaleString(), total.toLocaleString());
    report(counted, done / Math.max(1, total));
  };
