import { dirname, join, relative, isAbsolute } from 'node:path';

/**
 * Where models go when nobody says: `models` in the workspace folder that holds the dataset (the innermost of
 * several), else in the first one; without a workspace beside the dataset.
 */
export function modelsFolderFor(dataset: string, workspaceFolders: readonly string[]): string {
  const [holder] = workspaceFolders
    .filter((folder) => holds(folder, dataset))
    .sort((a, b) => b.length - a.length);
  return join(holder ?? workspaceFolders[0] ?? dirname(dataset), 'models');
}

/** Whether `path` is the folder or inside it. */
export function holds(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way === '' || (!/^\.\.([\\/]|$)/.test(way) && !isAbsolute(way));
}
