import type { Disposable } from '../disposable.js';

/** What stands in a folder of a machine. Nothing is asked of what a link leads to. */
export interface StoredEntry {
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'link' | 'other';
  readonly bytes: number;
  readonly attributes: StoredAttributes;
}

export interface StoredAttributes {
  /** Permission bits. */
  readonly mode: number;
  /** Whole seconds since the epoch. */
  readonly modifiedSeconds: number;
}

/**
 * The files of a machine that runs none of our programs, to be read and written by requests. Many may be on their way at
 * once, and are answered in any order. Paths are text: a name that is not UTF-8 cannot be said. Each call may throw
 * {@link ConnectionError}; failures that no method tells are an {@link InputError}.
 */
export interface HostStore extends Disposable {
  /** The absolute path of one that begins with `~/`. */
  absolute(path: string): Promise<string>;
  /** The path without links in it. @throws {NotFoundError} */
  real(path: string): Promise<string>;
  /** What is in a folder, in no order. @throws {NotFoundError} */
  list(folder: string): Promise<readonly StoredEntry[]>;
  /** What a path leads to, links followed. @throws {NotFoundError} */
  look(path: string): Promise<StoredEntry>;
  /** Where a link leads, as it is written in it. */
  target(link: string): Promise<string>;
  /** A file to be read. One that is no regular file may never answer. @throws {NotFoundError} */
  openToRead(path: string): Promise<StoredFile>;
  /** A file to be written, which is made if it is not there and keeps what it holds. */
  openToWrite(path: string): Promise<StoredFile>;
  makeFolder(path: string): Promise<void>;
  makeLink(path: string, target: string): Promise<void>;
  /** Gives a file or link another name, over a file or link that has it. */
  rename(from: string, to: string): Promise<void>;
  setAttributes(path: string, attributes: Partial<StoredAttributes>): Promise<void>;
  /** A file or a link. */
  remove(path: string): Promise<void>;
  /** A folder with nothing in it. */
  removeFolder(path: string): Promise<void>;
  /** How much room there is on the disk of a folder; `undefined` where the machine does not say. */
  freeBytes(folder: string): Promise<number | undefined>;
}

/** A file of a machine that is open. */
export interface StoredFile {
  look(): Promise<StoredEntry>;
  /** Fills the target from the position on. @returns how many bytes there were: fewer at the end of the file only */
  read(target: Buffer, position: number): Promise<number>;
  /** The bytes must not change until it resolves. */
  write(bytes: Buffer, position: number): Promise<void>;
  setAttributes(attributes: StoredAttributes): Promise<void>;
  close(): Promise<void>;
}
