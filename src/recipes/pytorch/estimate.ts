import { join } from 'node:path';
import { imagesOf, findLayout } from '../datasets/imageFolder/layout.js';
import type { DatasetFolder } from '../datasets/datasetFolder.js';
import { readImageHeader } from '../datasets/imageHeader.js';
import { numberOf, textOf } from '../parameterValues.js';
import type { Estimate, Parameters } from '../recipe.js';
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
 * Millions of weights, and megabytes of activations kept per image of 224 pixels in 32 bits, both counted with
 * torchvision 0.29 (`saved_tensors_hooks`). Mixed precision keeps about half of them; the estimate does not count on it.
 */
const sizes: Readonly<Record<Backbone, { readonly weights: number; readonly activations: number }>> = {
  small: { weights: 0.2, activations: 31 },
  resnet18: { weights: 12, activations: 23 },
  resnet34: { weights: 22, activations: 33 },
  resnet50: { weights: 26, activations: 87 },
  mobilenet_v3_small: { weights: 3, activations: 17 },
  efficientnet_b0: { weights: 6, activations: 89 },
  convnext_tiny: { weights: 29, activations: 110 },
  vit_b_16: { weights: 87, activations: 119 },
};

/** A network for a table trains well without a GPU. */
export const tableEstimate: Estimate = { vramGb: null, diskGb: packagesGb };

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
  return { vramGb: needsNoGpu ? null : Math.ceil(vramGb), diskGb: Math.ceil(diskGb) };
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
