import { join } from 'node:path';
import type { OnCheckProgress } from '../../recipe.js';
import type { DatasetFile, DatasetFolder } from '../datasetFolder.js';
import { readImageHeader } from '../imageHeader.js';
import type { PartName } from './dataYaml.js';
import type { FileIndex } from './fileIndex.js';
import { labelPathOf } from './imagePaths.js';
import { ImageTally } from './imageTally.js';
import { inParallel } from '../inParallel.js';
import { LabelTally } from './labelTally.js';
import { readLabels, type LabelRules } from './labelText.js';
import type { Part } from './parts.js';

/** What is in the files of a dataset. */
export interface Scan {
  readonly labels: Partial<Record<PartName, LabelTally>>;
  readonly images: ImageTally;
}

const imagesBetweenReports = 500;

/** Reads every label file, and the header of every image. */
export async function scanParts(
  folder: DatasetFolder,
  index: FileIndex,
  parts: readonly Part[],
  rules: LabelRules,
  signal: AbortSignal,
  onProgress?: OnCheckProgress,
): Promise<Scan> {
  const images = new ImageTally();
  const labels: Partial<Record<PartName, LabelTally>> = {};
  const looked = new Set<string>();
  const total = parts.reduce((sum, part) => sum + part.images.length, 0);
  let done = 0;
  for (const part of parts) {
    const tally = new LabelTally();
    labels[part.name] = tally;
    const visit = async (image: DatasetFile): Promise<void> => {
      await tallyLabels(folder, index.get(labelPathOf(image.path)), tally, rules, signal);
      if (!looked.has(image.path)) {
        looked.add(image.path);
        images.add(image.path, await readImageHeader(join(folder.path, image.path)));
      }
      done += 1;
      if (done % imagesBetweenReports === 0) onProgress?.(done, total);
    };
    await inParallel(part.images, visit, signal);
  }
  onProgress?.(total, total);
  return { images, labels };
}

async function tallyLabels(
  folder: DatasetFolder,
  label: DatasetFile | undefined,
  tally: LabelTally,
  rules: LabelRules,
  signal: AbortSignal,
): Promise<void> {
  if (!label) {
    tally.addUnlabelled();
    return;
  }
  signal.throwIfAborted();
  const text = (await folder.head(label.path, label.bytes)).toString('utf8').replace(/^\uFEFF/, '');
  tally.add(label.path, readLabels(text, rules));
}
