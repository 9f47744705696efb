import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatasetFolder } from '../datasetFolder.js';
import { problem, type Problem } from '../problem.js';
import { isJunkName } from './junkClasses.js';
import type { ImageFolderLayout, ImagePart } from './layout.js';
import { listOf } from '../wording.js';

/** Folders beside those of the classes that hold not one image. */
export async function emptyClassProblems(
  folder: DatasetFolder,
  layout: ImageFolderLayout,
  signal: AbortSignal,
): Promise<Problem[]> {
  const names = await emptyFolders(folder, layout.train);
  signal.throwIfAborted();
  const [first] = names;
  if (first === undefined) return [];
  const subject =
    names.length === 1 ? `The folder ${listOf(names)} holds` : `The folders ${listOf(names)} hold`;
  const verb = names.length === 1 ? 'is no class' : 'are no classes';
  const message = `${subject} no image and ${verb} to learn.`;
  const fix = `Add images, or remove ${names.length === 1 ? 'it' : 'them'}.`;
  return [problem('warning', 'images.empty-class', message, { fix })];
}

async function emptyFolders(folder: DatasetFolder, { folder: place, classes }: ImagePart): Promise<string[]> {
  const entries = await readdir(join(folder.path, place), { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory() && !classes.has(entry.name) && !isJunkName(entry.name))
    .map(({ name }) => name)
    .sort();
}
