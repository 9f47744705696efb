import type { Offer, OfferNeed } from '../cloud.js';
import { isGpu, plainGpuName } from '../gpuNames.js';
import type { InstanceType } from './answers.js';

/** What an instance type says about its GPUs, which stands in its name only: `4x H100 (80 GB SXM5)`. */
export interface GpuName {
  readonly gpu: string;
  readonly count: number;
  readonly vramGb: number;
}

/** `undefined` for types without a GPU. */
export function parseTypeName(name: string): GpuName | undefined {
  const [, count, model, vramGb, form] = /^(\d+)x (.+?) \((\d+) GB ?(.*)\)$/.exec(name.trim()) ?? [];
  if (count === undefined || model === undefined || vramGb === undefined) return undefined;
  return {
    gpu: plainGpuName(`${model} ${form ?? ''}`.trim()),
    count: Number(count),
    vramGb: Number(vramGb),
  };
}

export interface TypePrice {
  readonly usdPerHour: number;
  /** Set when the type names two prices that differ. */
  readonly note: string | null;
}

/**
 * The price of a whole machine. A type names it twice, as cents for the machine and as text for one GPU
 * (`$2.25 / gpu / hour`); where the two differ, the larger one counts. `undefined` when neither can be read.
 */
export function priceOf({ price, priceHour }: InstanceType, gpuCount: number): TypePrice | undefined {
  const [, perGpu] = /^\$\s*(\d+(?:\.\d+)?)\s*\/\s*gpu\s*\/\s*hour$/i.exec(priceHour?.trim() ?? '') ?? [];
  const prices = [
    ...(price === null || price <= 0 ? [] : [price / 100]),
    ...(perGpu === undefined ? [] : [Number(perGpu) * gpuCount]),
  ];
  if (prices.length === 0) return undefined;
  const [least, most] = [Math.min(...prices), Math.max(...prices)];
  const differ = most - least >= 0.01;
  return {
    usdPerHour: most,
    note: differ
      ? `CanopyWave names two prices for it, $${least.toFixed(2)} and $${most.toFixed(2)} an hour. The larger one is counted here.`
      : null,
  };
}

/** What an offer's id names. */
export interface OfferKey {
  readonly region: string;
  readonly flavor: string;
  readonly image: string;
}

/** `KEF-2/H100-4/GPU-Ubuntu.22.04` */
export function formatOfferId({ region, flavor, image }: OfferKey): string {
  return [region, flavor, image].join('/');
}

export function parseOfferId(id: string): OfferKey | undefined {
  const [, region, flavor, image] = /^([^/]+)\/([^/]+)\/(.+)$/.exec(id) ?? [];
  if (region === undefined || flavor === undefined || image === undefined) return undefined;
  return { region, flavor, image };
}

/** One type in one region, `available` left open; `undefined` for what is no GPU machine or has no price or image. */
export function toOffer(type: InstanceType, region: string): Offer | undefined {
  const gpu = parseTypeName(type.name);
  const image = newestImage(type.images);
  if (gpu === undefined || image === undefined) return undefined;
  const price = priceOf(type, gpu.count);
  if (price === undefined) return undefined;
  return {
    provider: 'canopywave',
    id: formatOfferId({ region, flavor: type.flavor, image }),
    ...gpu,
    usdPerHour: price.usdPerHour,
    region,
    spot: false,
    available: null,
    hostKey: null,
    usdPerGb: { up: 0, down: 0 },
    cuda: null,
    diskGb: null,
    notes: price.note === null ? [] : [price.note],
  };
}

/** Whether an offer is worth the question if it is available. */
export function mayFit(offer: Offer, need: OfferNeed): boolean {
  return (
    need.spot !== true &&
    (need.gpus.length === 0 || need.gpus.some((wanted) => isGpu(offer.gpu, wanted))) &&
    (need.vramGb === null || offer.vramGb >= need.vramGb) &&
    offer.count >= need.count &&
    (need.maxUsdPerHour === null || offer.usdPerHour <= need.maxUsdPerHour) &&
    (need.regions.length === 0 || need.regions.includes(offer.region ?? ''))
  );
}

/** The Ubuntu images for GPU machines have the driver; their names sort by version. */
function newestImage(images: readonly string[]): string | undefined {
  const [newest] = images.filter((image) => image.startsWith('GPU-')).toSorted((a, b) => (a < b ? 1 : -1));
  return newest;
}

/** How many machines there are, of an answer with one number under a name of region and flavor. `null`: it does not say. */
export function toAvailable(answer: Readonly<Record<string, unknown>>, key: OfferKey): boolean | null {
  const exact = answer[`${key.region}_${key.flavor}_available_vms`];
  const alike = Object.keys(answer).filter((name) => /(^|_)available_vms$/.test(name));
  const only = alike.length === 1 && alike[0] !== undefined ? answer[alike[0]] : undefined;
  const count = exact ?? only;
  return typeof count === 'number' && Number.isFinite(count) ? count > 0 : null;
}
