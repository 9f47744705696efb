import { access } from 'node:fs/promises';
import * as vscode from 'vscode';
import { NotFoundError } from '../errors.js';
import { modelOf } from '../jobs/job.js';
import type { Trainyard } from '../trainyard.js';
import { targetJob } from './jobTarget.js';

/**
 * Absolute path of the newest model of the job that is meant.
 * @throws {NotFoundError} none was collected, or the file is not there any more
 */
export async function modelFileOf(target: unknown, engine: Trainyard): Promise<string> {
  const job = await targetJob(
    target,
    { question: vscode.l10n.t('Whose model to open'), ability: 'hasModel', onlyShows: true },
    engine,
  );
  const model = modelOf(job);
  if (!model) throw new NotFoundError(vscode.l10n.t('{0} has not left a model yet.', job.spec.name));
  try {
    await access(model.path);
  } catch (cause) {
    throw new NotFoundError(
      vscode.l10n.t('The model {0} was moved or deleted. Collect it again from the job.', model.path),
      { cause },
    );
  }
  return model.path;
}
