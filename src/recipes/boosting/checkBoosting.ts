import type { DatasetFolder } from '../datasets/datasetFolder.js';
import { checkTableFolder } from '../datasets/tableParameters.js';
import type { CheckResult, OnCheckProgress, Parameter, Parameters } from '../recipe.js';
import { learnerOf, type BoostingLibrary } from './boostingLibrary.js';
import { goalProblems, nameProblems } from './boostingProblems.js';

export interface BoostingCheck {
  readonly library: BoostingLibrary;
  /** Of the recipe. */
  readonly parameters: readonly Parameter[];
  readonly folder: DatasetFolder;
  readonly given: Parameters;
  readonly onProgress: OnCheckProgress | undefined;
}

/** Everything that would make a boosting library fail or disappoint on the folder's table. */
export function checkBoosting(check: BoostingCheck, signal: AbortSignal): Promise<CheckResult> {
  const { library, parameters, folder, given, onProgress } = check;
  return checkTableFolder(
    {
      folder,
      parameters: given,
      learner: learnerOf(library),
      onProgress,
      more: (table) => [...nameProblems(library, parameters, given), ...goalProblems(library, table, given)],
    },
    signal,
  );
}
