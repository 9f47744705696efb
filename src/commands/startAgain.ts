import * as vscode from 'vscode';
import type { Job } from '../jobs/job.js';
import { whereOf } from '../views/jobWords.js';
import { planWithProgress } from '../views/planning.js';
import type { TrainDoor } from './trainFolder.js';

/**
 * Starts a new job with the dataset, parameters and place of another one, and shows its panel.
 * @param changes parameters that are to be different
 */
export async function startAgain(
  { spec }: Job,
  changes: Readonly<Record<string, unknown>>,
  door: TrainDoor,
): Promise<void> {
  const { engine, fleet, panels } = door;
  const request = await engine.again(spec.id, changes);
  const title = vscode.l10n.t('Checking {0} and {1}', spec.name, whereOf(spec));
  panels.show(await engine.start(await planWithProgress(request, title, door)));
  await fleet.refresh();
}
