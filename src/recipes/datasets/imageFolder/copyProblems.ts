import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { DatasetFile, DatasetFolder } from '../datasetFolder.js';
import { readFilePart } from '../filePart.js';
import { problem, type Problem } from '../problem.js';
import { imagesOf, type ImageFolderLayout } from './layout.js';
import { inParallel } from '../inParallel.js';
import { countOf } from '../wording.js';

/** Two images of one size that are equal here are compared as a whole. */
const sampleBytes = 1024;

/** Finds images that are learned from and held back at once: the score would say how well they were memorised. */
export async function copyProblems(
  folder: DatasetFolder,
  layout: ImageFolderLayout,
  signal: AbortSignal,
): Promise<Problem[]> {
  const filled = ({ bytes }: DatasetFile): boolean => bytes > 0;
  const learned = imagesOf(layout.train).filter(filled);
  const held = [...imagesOf(layout.val), ...imagesOf(layout.test)].filter(filled);
  const candidates = shared(learned, held, ({ bytes }) => String(bytes));
  const samples = await keysOf(candidates, (file) => sampleOf(folder, file), signal);
  const alike = shared(...divide(candidates, held), (file) => samples.get(file) ?? '');
  const digests = await keysOf(alike, (file) => digestOf(folder, file, signal), signal);
  return copyProblem(...divide(alike, held), digests);
}

/** Those of both groups whose key is in both groups. */
function shared(
  learned: readonly DatasetFile[],
  held: readonly DatasetFile[],
  keyOf: (file: DatasetFile) => string,
): DatasetFile[] {
  const [inLearned, inHeld] = [new Set(learned.map(keyOf)), new Set(held.map(keyOf))];
  return [
    ...learned.filter((file) => inHeld.has(keyOf(file))),
    ...held.filter((file) => inLearned.has(keyOf(file))),
  ];
}

function divide(
  files: readonly DatasetFile[],
  held: readonly DatasetFile[],
): [learned: DatasetFile[], held: DatasetFile[]] {
  const known = new Set(held);
  return [files.filter((file) => !known.has(file)), files.filter((file) => known.has(file))];
}

async function keysOf(
  files: readonly DatasetFile[],
  keyOf: (file: DatasetFile) => Promise<string>,
  signal: AbortSignal,
): Promise<Map<DatasetFile, string>> {
  const keys = new Map<DatasetFile, string>();
  await inParallel(files, async (file) => void keys.set(file, await keyOf(file)), signal);
  return keys;
}

/** The size with the bytes from the middle: cameras begin all their images alike. */
async function sampleOf(folder: DatasetFolder, { path, bytes }: DatasetFile): Promise<string> {
  const length = Math.min(sampleBytes, bytes);
  const middle = await readFilePart(join(folder.path, path), Math.floor((bytes - length) / 2), length);
  return `${bytes}:${middle.toString('latin1')}`;
}

async function digestOf(folder: DatasetFolder, { path }: DatasetFile, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of folder.stream(path, signal)) hash.update(chunk as Uint8Array);
  } catch (error) {
    signal.throwIfAborted();
    throw folder.unreadable(path, error);
  }
  return hash.digest('base64');
}

function copyProblem(
  learned: readonly DatasetFile[],
  held: readonly DatasetFile[],
  digests: ReadonlyMap<DatasetFile, string>,
): Problem[] {
  const originals = new Map(learned.map((file) => [digests.get(file), file.path]));
  const copies = held.filter((file) => originals.has(digests.get(file)));
  const [first] = copies;
  if (!first) return [];
  const original = originals.get(digests.get(first)) ?? '';
  const subject = copies.length === 1 ? '1 image is' : `${countOf(copies.length, 'image')} are`;
  const message = `${subject} both learned from and validated on (first ${original} and ${first.path}): the score will look too good.`;
  const fix = 'Remove one of each pair.';
  return [problem('warning', 'images.in-both', message, { file: first.path, fix })];
}
