import type { Fit } from '../../recipe.js';
import type { DatasetFile, DatasetFolder } from '../datasetFolder.js';
import { kindNames } from './exampleKind.js';
import { headOf, isList, kindInHead } from './jsonlForm.js';
import { findJsonlFiles } from './jsonlFiles.js';

/** Files looked into for a first example. */
const mostLooks = 5;
/** Text beside other things is about them: labels, captions, notes. */
const mainShare = 0.9;
/** Less text than this is a note, and nothing to learn to write from. */
const leastTextBytes = 10_000;

/** How well a folder fits as examples for a language model. */
export async function detectJsonl(folder: DatasetFolder, signal: AbortSignal): Promise<Fit | undefined> {
  const { training, json, texts } = await findJsonlFiles(folder, signal);
  const all = bytesOf(await folder.files(signal));
  if (training.length > 0) return linesFit(folder, training, all);
  return (await listFit(folder, json)) ?? textFit(texts, all);
}

async function linesFit(folder: DatasetFolder, files: readonly DatasetFile[], all: number): Promise<Fit> {
  const [first] = files;
  const name = files.length > 1 ? `${files.length} .jsonl files` : (first?.path ?? '');
  for (const file of files.slice(0, mostLooks)) {
    const kind = kindInHead(await headOf(folder, file));
    if (kind)
      return { score: bytesOf(files) * 2 >= all ? 0.85 : 0.5, why: `has ${kindNames[kind]} in ${name}` };
  }
  return { score: 0.4, why: `has ${name}` };
}

/** A list of examples that a repair turns into lines. */
async function listFit(folder: DatasetFolder, files: readonly DatasetFile[]): Promise<Fit | undefined> {
  for (const file of files.slice(0, mostLooks)) {
    const head = await headOf(folder, file);
    const kind = isList(head) ? kindInHead(head) : undefined;
    if (kind) return { score: 0.6, why: `has a list of ${kindNames[kind]} in ${file.path}` };
  }
  return undefined;
}

function textFit(texts: readonly DatasetFile[], all: number): Fit | undefined {
  const bytes = bytesOf(texts);
  if (bytes < leastTextBytes || bytes < all * mainShare) return undefined;
  return {
    score: 0.3,
    why: texts.length > 1 ? `has ${texts.length} texts` : `has the text ${texts[0]?.path ?? ''}`,
  };
}

function bytesOf(files: readonly DatasetFile[]): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}
