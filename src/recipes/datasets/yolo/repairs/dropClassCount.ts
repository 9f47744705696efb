import { InputError } from '../../../../errors.js';
import type { DatasetFolder } from '../../datasetFolder.js';
import type { Repair } from '../../problem.js';
import type { DataYaml } from '../dataYaml.js';
import { replaceFiles } from '../../replaceFiles.js';

/** `nc` only repeats how many names there are. */
export function dropClassCount(folder: DatasetFolder, yaml: DataYaml): Repair {
  const { file } = yaml;
  const line = yaml.lineOf('nc');
  return {
    title: `Delete the nc line of ${file}`,
    changes: [file],
    async apply(signal) {
      const lines = (await folder.text(file, signal)).split('\n');
      const [dropped = ''] = lines.splice(line - 1, 1);
      if (!/^nc\s*:/.test(dropped)) {
        throw new InputError(`${file} has changed since it was checked; check the folder again.`);
      }
      await replaceFiles(folder.path, new Map([[file, lines.join('\n')]]), signal);
      return `Deleted '${dropped.trim()}' from ${file}.`;
    },
  };
}
