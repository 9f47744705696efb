import { numberOf, textOf } from '../parameterValues.js';
import type { Estimate, Parameters } from '../recipe.js';
import type { DatasetFolder } from './datasetFolder.js';
import { chooseTable, findTables } from './tableFile.js';

/** What learning from a table by trees costs in one recipe. */
export interface TableWork {
  /** Packages, checkpoints and the model. */
  readonly diskGb: number;
  /** The parameter that says how many trees or rounds there are at most. */
  readonly rounds: string;
  /** How often it learns all of them. */
  readonly times: number;
}

/** A table as text, read and made into columns. */
const bytesPerSecond = 20e6;
/** Of a cell as text, with its comma. */
const bytesPerCell = 6;
/** One tree looks at every cell; measured with histograms on two processors, of which machines with a GPU have more. */
const secondsPerCell = 10e-9;
/** Programs start, scores and plots are made. */
const hoursAround = 1 / 60;

/** Trees grow well without a GPU. Early stopping mostly ends them sooner; several classes take longer. */
export async function estimateTable(
  folder: DatasetFolder,
  given: Parameters,
  { diskGb, rounds, times }: TableWork,
  signal: AbortSignal,
): Promise<Estimate> {
  const choice = chooseTable(await findTables(folder, signal), textOf(given, 'file'));
  if (choice.kind === 'problem') return { vramGb: null, diskGb };
  const { bytes } = choice.file;
  const perRound = (bytes / bytesPerCell) * secondsPerCell;
  const seconds = bytes / bytesPerSecond + numberOf(given, rounds) * times * perRound;
  return { vramGb: null, diskGb, hours: { gpu: 0, other: hoursAround + seconds / 3600 } };
}
