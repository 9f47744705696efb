import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError, messageOf } from '../../../../errors.js';
import type { DatasetFolder } from '../../datasetFolder.js';
import type { Repair } from '../../problem.js';
import { countOf } from '../../wording.js';

/** What Ultralytics remembers of labels it has read; it reads them again when they are gone. */
export function deleteCaches(folder: DatasetFolder, caches: readonly string[]): Repair {
  return {
    title: 'Delete the old label caches',
    changes: caches,
    async apply(signal) {
      for (const cache of caches) {
        signal.throwIfAborted();
        const path = join(folder.path, cache);
        await rm(path, { force: true }).catch((cause: unknown) => {
          throw new InputError(`${path} cannot be deleted (${messageOf(cause)}).`, { cause });
        });
      }
      return `Deleted ${countOf(caches.length, 'cache')}.`;
    },
  };
}
