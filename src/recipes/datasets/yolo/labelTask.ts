import type { DatasetFile, DatasetFolder } from '../datasetFolder.js';
import type { DataYaml } from './dataYaml.js';
import type { FileIndex } from './fileIndex.js';
import { labelPathOf } from './imagePaths.js';
import type { LabelTask } from './labelText.js';

/** Enough label files to tell what they hold; runtime/recipes/yolo_dataset.py looks at as many. */
const sampledLabels = 100;

/**
 * What the labels are for: keypoints are announced in data.yaml; of the others, boxes have 5 numbers a line, outlines
 * more. Where every line has four corners, they are taken for boxes that are turned.
 */
export async function guessTask(
  folder: DatasetFolder,
  index: FileIndex,
  yaml: DataYaml,
  images: readonly DatasetFile[],
  signal: AbortSignal,
): Promise<LabelTask> {
  if (yaml.keypoints) return 'pose';
  const count = { boxes: 0, corners: 0, outlines: 0 };
  let looked = 0;
  for (const image of images) {
    const label = index.get(labelPathOf(image.path));
    if (!label) continue;
    for (const line of (await folder.text(label.path, signal)).split('\n')) {
      const columns = line.trim().split(/\s+/).length;
      if (columns === 5) count.boxes += 1;
      else if (columns === 9) count.corners += 1;
      else if (columns > 6) count.outlines += 1;
    }
    looked += 1;
    if (looked === sampledLabels) break;
  }
  if (count.outlines === 0 && count.corners > 0 && count.boxes === 0) return 'obb';
  return count.outlines + count.corners > count.boxes ? 'segment' : 'detect';
}
