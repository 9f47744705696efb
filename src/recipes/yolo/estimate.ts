import type { Estimate, TrainingHours } from '../recipe.js';
import type { ModelSize } from './model.js';

/** One image of 640 pixels in a training with mixed precision, in GB, as Ultralytics prints GPU_mem; rounded up. */
const gbPerImage: Readonly<Record<ModelSize, number>> = { n: 0.18, s: 0.32, m: 0.65, l: 0.85, x: 1.3 };
/** Model, optimizer and what CUDA itself takes. */
const gbOfModel: Readonly<Record<ModelSize, number>> = { n: 1, s: 1.2, m: 1.6, l: 1.8, x: 2.6 };
const gbOfCheckpoint: Readonly<Record<ModelSize, number>> = { n: 0.03, s: 0.1, m: 0.2, l: 0.3, x: 0.6 };
/** How much slower than the smallest on a CPU. */
const slowness: Readonly<Record<ModelSize, number>> = { n: 1, s: 2.5, m: 6, l: 8, x: 15 };

/**
 * Days on one V100 for 300 epochs of COCO at 640 pixels, from the README of YOLOv5, whose sizes do about the same work.
 */
const daysForCoco: Readonly<Record<ModelSize, number>> = { n: 1, s: 2, m: 4, l: 6, x: 8 };
const cocoImages = 118_287;
const cocoEpochs = 300;
/** Before the first and after the last epoch, and for each epoch: models are loaded, scores are worked out. */
const hoursAround = 2 / 60;
const hoursPerEpoch = 5 / 3600;

/** PyTorch with CUDA, OpenCV and the rest, unpacked and once more packed while they are installed. */
const gbOfPackages = 12;
/** So many images of 640 pixels take a few minutes on the processors of a laptop with the smallest model. */
const imagesWithoutGpu = 2_000;
/** With a batch that is found by itself any GPU will do that holds so many images. */
const leastBatch = 4;

export interface Load {
  readonly size: ModelSize;
  readonly imgsz: number;
  /** -1: what fits. */
  readonly batch: number;
  readonly epochs: number;
  readonly trainImages: number;
  /** All images decoded, in bytes, when they are to be kept on the disk; else 0. */
  readonly cacheBytes: number;
}

export function estimateLoad(load: Load): Estimate {
  const area = (load.imgsz / 640) ** 2;
  const batch = load.batch > 0 ? load.batch : leastBatch;
  const vramGb = gbOfModel[load.size] + batch * gbPerImage[load.size] * area;
  const work = load.trainImages * load.epochs * area * slowness[load.size];
  return {
    vramGb: work <= imagesWithoutGpu ? null : Math.ceil(vramGb),
    // Three checkpoints and a copy of each being written, plots and samples.
    diskGb: Math.ceil(gbOfPackages + 6 * gbOfCheckpoint[load.size] + 0.5 + load.cacheBytes / 2 ** 30),
    ...(load.trainImages > 0 && { hours: hoursOf(load, area) }),
  };
}

function hoursOf({ size, trainImages, epochs }: Load, area: number): TrainingHours {
  const hoursPerImage = (daysForCoco[size] * 24) / (cocoImages * cocoEpochs);
  return { gpu: epochs * trainImages * hoursPerImage * area, other: hoursAround + epochs * hoursPerEpoch };
}
