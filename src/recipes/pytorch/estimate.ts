import { join } from 'node:path';
import { imagesOf, findLayout } from '../datasets/imageFolder/layout.js';
import type { DatasetFolder } from '../datasets/datasetFolder.js';
import { findTables } from '../datasets/tableFile.js';
import { readImageHeader } from '../datasets/imageHeader.js';
import { numberOf, textOf } from '../parameterValues.js';
import type { Estimate, Parameters, TrainingHours } from '../recipe.js';
import { backbones, type Backbone } from './pytorchParameters.js';

/** The size the numbers below were measured at, and the largest that is chosen without being asked for. */
const usualSize = 224;
const smallSize = 64;
const mostMeasured = 64;
/** As many small images a CPU goes through in seconds per epoch. */
const manySmallImages = 20_000;

/** What CUDA and its libraries take before anything is learned, with room for what the allocator cannot use. */
const baseGb = 1.5;
/** Weights, gradients, two moments of the optimizer and the best weights so far, 4 bytes each. */
const bytesPerWeight = 20;
/** PyTorch with CUDA, installed. */
const packagesGb = 8;
/** Two checkpoints and one under way, each of the weights, two moments and the best weights; the result. */
const savedBytesPerWeight = 56;

/**
 * Operations a second of a V100 in mixed precision, as its published times for ResNet-50 come to (about 800 images a
 * second): a seventh of its data sheet.
 */
const operationsPerSecond = 20e12;
/** A multiplication and an addition; once forward, and about twice that on the way back. */
const operationsPerMac = 2 * 3;
/** A third of it for each image that is only scored, and a fifth of all images are. */
const shareOfScoring = 1.1;
/** Photos that one process opens, decodes and varies in a second, cautiously; they are scaled to the side afterwards. */
const photosPerSecond = 60;
/** Processors that rented machines have at least for a GPU. */
const usualProcessors = 8;
/** Weights are fetched, the best model is scored once more and written. */
const hoursAround = 3 / 60;

/**
 * Millions of weights, and megabytes of activations kept per image of 224 pixels in 32 bits, both counted with
 * torchvision 0.29 (`saved_tensors_hooks`). Mixed precision keeps about half of them; the estimate does not count on it.
 * Billions of multiplications for such an image are those of torchvision's table of weights.
 */
const sizes: Readonly<Record<Backbone, NetworkSize>> = {
  small: { weights: 0.2, activations: 31, macs: 0.5 },
  resnet18: { weights: 12, activations: 23, macs: 1.81 },
  resnet34: { weights: 22, activations: 33, macs: 3.66 },
  resnet50: { weights: 26, activations: 87, macs: 4.09 },
  mobilenet_v3_small: { weights: 3, activations: 17, macs: 0.06 },
  efficientnet_b0: { weights: 6, activations: 89, macs: 0.39 },
  convnext_tiny: { weights: 29, activations: 110, macs: 4.46 },
  vit_b_16: { weights: 87, activations: 119, macs: 17.56 },
};

interface NetworkSize {
  readonly weights: number;
  readonly activations: number;
  readonly macs: number;
}

/** Rows a second that a network for a table learns from; its batches are small, so the processors set the pace. */
const rowsPerSecond = 20_000;
/** Of a CSV file. */
const bytesPerRow = 100;

/** A network for a table trains well without a GPU. */
export async function estimateTable(
  folder: DatasetFolder,
  given: Parameters,
  signal: AbortSignal,
): Promise<Estimate> {
  const bytes = (await findTables(folder, signal)).reduce((sum, file) => sum + file.bytes, 0);
  const seconds = (bytes / bytesPerRow / rowsPerSecond) * numberOf(given, 'epochs');
  return { vramGb: null, diskGb: packagesGb, hours: { gpu: 0, other: hoursAround + seconds / 3600 } };
}

export async function estimateImages(
  folder: DatasetFolder,
  given: Parameters,
  signal: AbortSignal,
): Promise<Estimate> {
  const images = imagesOf(findLayout(await folder.files(signal))?.train);
  const asked = numberOf(given, 'imageSize');
  const side = asked > 0 ? asked : await usualSide(folder, images, textOf(given, 'model'), signal);
  const model = backboneFor(textOf(given, 'model'), side);
  const { weights, activations } = sizes[model];
  const batchMb = activations * (side / usualSize) ** 2 * numberOf(given, 'batch');
  const diskGb = packagesGb + (weights * savedBytesPerWeight) / 1000;
  const needsNoGpu = model === 'small' && side <= smallSize && images.length <= manySmallImages;
  const vramGb = baseGb + (weights * bytesPerWeight + batchMb) / 1000;
  const seen = images.length * numberOf(given, 'epochs');
  return {
    vramGb: needsNoGpu ? null : Math.ceil(vramGb),
    diskGb: Math.ceil(diskGb),
    hours: hoursOf(model, side, seen, numberOf(given, 'workers')),
  };
}

/**
 * The GPU waits for the images or the images for the GPU: what the GPU does not hide is added.
 * @param seen images learned from, each as often as it is
 */
function hoursOf(model: Backbone, side: number, seen: number, workers: number): TrainingHours {
  const area = (side / usualSize) ** 2;
  const operations = sizes[model].macs * 1e9 * area * operationsPerMac;
  const learning = (seen * shareOfScoring * operations) / operationsPerSecond / 3600;
  const processes = Math.max(1, Math.min(workers, usualProcessors));
  // An image that is as small as it is learned from is decoded that much sooner.
  const opening = (seen * shareOfScoring * Math.min(1, area)) / (photosPerSecond * processes) / 3600;
  return { gpu: learning, other: hoursAround + Math.max(0, opening - learning) };
}

/** The network that `auto` stands for; runtime/recipes/pytorch_images.py chooses by the same rule. */
function backboneFor(asked: string, side: number): Backbone {
  const named = backbones.find((name) => name === asked);
  return named ?? (side <= smallSize ? 'small' : 'resnet18');
}

/** The side that imageSize=0 stands for; runtime/recipes/pytorch_images.py chooses by the same rule. */
async function usualSide(
  folder: DatasetFolder,
  images: readonly { readonly path: string }[],
  model: string,
  signal: AbortSignal,
): Promise<number> {
  if (model === 'vit_b_16') return usualSize;
  const every = Math.max(1, Math.floor(images.length / mostMeasured));
  const sample = images.filter((_, index) => index % every === 0);
  const headers = await Promise.all(sample.map(({ path }) => readImageHeader(join(folder.path, path))));
  signal.throwIfAborted();
  const sides = headers
    .flatMap((header) => (header.kind === 'image' ? [Math.max(header.width, header.height)] : []))
    .sort((a, b) => a - b);
  const longer = sides[Math.floor(sides.length / 2)] ?? usualSize;
  return Math.min(usualSize, Math.max(32, Math.ceil(longer / 32) * 32));
}
