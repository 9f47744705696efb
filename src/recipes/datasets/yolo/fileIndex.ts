import type { DatasetFile } from '../datasetFolder.js';

/** The files of a folder, found by path and by the folder they lie in, without looking at all of them each time. */
export class FileIndex {
  readonly #files: readonly DatasetFile[];
  readonly #byPath: ReadonlyMap<string, DatasetFile>;

  /** @param files sorted by path */
  constructor(files: readonly DatasetFile[]) {
    this.#files = files;
    this.#byPath = new Map(files.map((file) => [file.path, file]));
  }

  get(path: string): DatasetFile | undefined {
    return this.#byPath.get(path);
  }

  /** All files below a folder, at any depth; empty when there is no such folder. The empty path is the top. */
  below(folder: string): readonly DatasetFile[] {
    if (folder === '') return this.#files;
    return this.#files.slice(this.#firstFrom(`${folder}/`), this.#firstFrom(`${folder}0`));
  }

  hasFolder(folder: string): boolean {
    if (folder === '') return true;
    return this.#files[this.#firstFrom(`${folder}/`)]?.path.startsWith(`${folder}/`) ?? false;
  }

  /** The place of the first path that is not before `path`; `0` is the letter after `/`. */
  #firstFrom(path: string): number {
    let low = 0;
    let high = this.#files.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#files[middle]?.path ?? '') < path) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
