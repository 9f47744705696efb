import type { Readable } from 'node:stream';
import type { Disposable } from '../disposable.js';

/** A file or folder of a machine. */
export interface HostFile {
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'other';
  /** What it is was asked of what it leads to. */
  readonly isLink: boolean;
  readonly bytes: number;
  /** Milliseconds since the epoch, by the machine's clock. */
  readonly modifiedMs: number;
}

/** The files of a machine, for a person who looks at them. Nothing here changes one. */
export interface HostFiles extends Disposable {
  /** `false` once the connection is lost: then the host is asked anew. */
  readonly isOpen: boolean;
  /** The absolute path of one that begins with `~/`. */
  absolute(path: string): Promise<string>;
  /** What is in a folder, in no order. @throws {NotFoundError | InputError | ConnectionError} */
  list(path: string): Promise<readonly HostFile[]>;
  /** @throws {NotFoundError | InputError | ConnectionError} there is none, or we may not look */
  look(path: string): Promise<HostFile>;
  /** The bytes of a file; failures are those of {@link look}. */
  read(path: string): Readable;
}
