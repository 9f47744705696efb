import type { OfferNeed } from '../providers/cloud.js';
import type { Estimate } from '../recipes/recipe.js';
import type { Load } from './offers/expectedCost.js';

/** What a person wants of the machine and of its price. What is absent does not matter to them. */
export interface Wish {
  /** GPU models that will do. */
  readonly gpu?: readonly string[] | undefined;
  /** Least memory of one GPU in GB. */
  readonly vram?: number | undefined;
  /** GPUs in the machine. */
  readonly gpus?: number | undefined;
  /** `true`: only interruptible machines; else none. */
  readonly spot?: boolean | undefined;
  /** Highest price in US dollars an hour. */
  readonly maxPrice?: number | undefined;
  readonly regions?: readonly string[] | undefined;
  /** Least disk in GB. */
  readonly disk?: number | undefined;
}

/** What the command line says wins over the file, field by field. */
export function mergeWishes(first: Wish, second: Wish | undefined): Wish {
  return {
    gpu: first.gpu ?? second?.gpu,
    vram: first.vram ?? second?.vram,
    gpus: first.gpus ?? second?.gpus,
    spot: first.spot ?? second?.spot,
    maxPrice: first.maxPrice ?? second?.maxPrice,
    regions: first.regions ?? second?.regions,
    disk: first.disk ?? second?.disk,
  };
}

/** Whether it asks for a GPU or names a price: without a place, such a wish lets a machine be rented. */
export function asksForMachine({ gpu, vram, gpus, spot, maxPrice }: Wish): boolean {
  return (
    (gpu ?? []).length > 0 || vram !== undefined || (gpus ?? 1) > 1 || spot === true || maxPrice !== undefined
  );
}

/**
 * Least memory of one GPU: what the person says. Who names models knows what they take; for others the recipe's estimate
 * counts.
 */
export function vramOf({ vram, gpu }: Wish, estimate: Estimate | null): number | null {
  if (vram !== undefined) return vram;
  return (gpu ?? []).length > 0 ? null : (estimate?.vramGb ?? null);
}

/** Room for packages and results on a rented disk where the recipe cannot tell: PyTorch with CUDA, and some more. */
export const usualDiskGb = 20;

/** What must be on the disk of a rented machine: the data, packages, results. */
export function diskGbOf({ datasetBytes, estimate }: Load): number {
  return Math.max(usualDiskGb, Math.ceil(datasetBytes / 1e9 + (estimate?.diskGb ?? usualDiskGb)));
}

/** What an offer must have for this job. */
export function toNeed(wish: Wish, load: Load): OfferNeed {
  return {
    gpus: wish.gpu ?? [],
    vramGb: vramOf(wish, load.estimate),
    count: wish.gpus ?? 1,
    maxUsdPerHour: wish.maxPrice ?? null,
    spot: wish.spot ?? false,
    regions: wish.regions ?? [],
    diskGb: Math.max(wish.disk ?? 0, diskGbOf(load)),
  };
}
