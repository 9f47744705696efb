import { InputError } from '../../errors.js';
import { type BytePath, localPath } from './bytePath.js';

/** A file changed between being hashed and being sent. Another look at the folder may find it at rest. */
export class SourceChanged extends InputError {
  readonly path: BytePath;

  constructor(folder: string, path: BytePath) {
    super(
      `${localPath(folder, path).toString()} changes while it is read; stop what writes to it, or name it in .trainyardignore.`,
    );
    this.path = path;
  }
}
