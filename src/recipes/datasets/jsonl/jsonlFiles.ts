import type { DatasetFile, DatasetFolder } from '../datasetFolder.js';

const linesName = /\.jsonl$/i;
const validationName = /(^|[/._-])(val|validation)\.jsonl$/i;
const testName = /(^|[/._-])test\.jsonl$/i;
const jsonName = /\.json$/i;
const textName = /\.(txt|md)$/i;
/** Text that is about a folder, not of it. */
const aboutName = /(^|\/)(readme|licen[cs]e|changelog|requirements|constraints)[^/]*$/i;

/** The files of a folder by what a training makes of them; runtime/recipes/llm_data.py chooses by the same rules. */
export interface JsonlFiles {
  readonly training: readonly DatasetFile[];
  /** `validation.jsonl`, `chat.val.jsonl`. */
  readonly validation: readonly DatasetFile[];
  /** `test.jsonl`: left alone, for testing afterwards. */
  readonly test: readonly DatasetFile[];
  /** May hold examples, but not a line each. */
  readonly json: readonly DatasetFile[];
  /** Plain text to go on writing; learned from only where there are no JSON Lines. */
  readonly texts: readonly DatasetFile[];
}

export async function findJsonlFiles(folder: DatasetFolder, signal: AbortSignal): Promise<JsonlFiles> {
  const files = await folder.files(signal);
  const lines = files.filter(({ path }) => linesName.test(path));
  return {
    training: lines.filter(({ path }) => !validationName.test(path) && !testName.test(path)),
    validation: lines.filter(({ path }) => validationName.test(path)),
    test: lines.filter(({ path }) => testName.test(path)),
    json: files.filter(({ path }) => jsonName.test(path)),
    texts: files.filter(({ path }) => textName.test(path) && !aboutName.test(path)),
  };
}
