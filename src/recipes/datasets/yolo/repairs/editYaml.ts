import { isMap, parseDocument } from 'yaml';
import { InputError } from '../../../../errors.js';
import type { DatasetFolder } from '../../datasetFolder.js';
import { yamlOptions } from '../dataYaml.js';

/**
 * The text of a YAML file with other values for some keys; comments and everything else stay.
 * @throws {InputError} the file is no longer what was checked
 */
export async function withValues(
  folder: DatasetFolder,
  file: string,
  values: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<string> {
  const document = parseDocument(await folder.text(file, signal), yamlOptions);
  if (document.errors.length > 0 || !isMap(document.contents)) {
    throw new InputError(`${file} has changed since it was checked; check the folder again.`);
  }
  for (const [key, value] of Object.entries(values)) document.set(key, value);
  return document.toString({ lineWidth: 0 });
}
