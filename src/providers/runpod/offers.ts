import type { Offer } from '../cloud.js';
import { plainGpuName } from '../gpuNames.js';
import type { GpuType, SpotPrice } from './answers.js';
import { lowestCuda } from './image.js';

export type Tier = 'secure' | 'community';
export const tiers: readonly Tier[] = ['secure', 'community'];

/** What of an offer its id says, for the create. */
export interface Place {
  readonly tier: Tier;
  readonly gpuId: string;
  /** `US-KS-2`; `null` wherever RunPod likes. */
  readonly dataCenter: string | null;
}

/**
 * On-demand offers of one tier: a GPU type that this tier has, in each data centre that has it in stock, or anywhere
 * when RunPod names none. Cards that are not NVIDIA's are left out, as the image is made for CUDA.
 */
export function onDemandOffers(gpus: readonly GpuType[], tier: Tier, count: number): readonly Offer[] {
  const offered = gpus.filter(
    (gpu) => gpu[tier] && gpu.price[tier] > 0 && gpu.maxCount[tier] >= count && gpu.manufacturer !== 'AMD',
  );
  return offered.flatMap((gpu) => {
    const stocked = gpu.dataCenters.filter(({ availability }) => availability !== 'NONE');
    const places = stocked.length > 0 ? stocked : [{ id: null, availability: gpu.availability }];
    return places.map(({ id, availability }) => ({
      ...common(gpu.name, gpu.memory, count),
      id: offerId({ tier, gpuId: gpu.id, dataCenter: id }, count, false),
      usdPerHour: totalPrice(gpu.price[tier], count),
      region: id,
      spot: false,
      available: isAvailable(availability),
      notes: [...tierNotes(tier), ...(availability === 'LOW' ? ['Few of them are left.'] : [])],
    }));
  });
}

/** Spot offers of one tier, at the lowest bid that is taken now; where, only the create finds out. */
export function spotOffers(prices: readonly SpotPrice[], tier: Tier, count: number): readonly Offer[] {
  return prices.flatMap(({ id, displayName, memoryInGb, ...price }) => {
    const bid = price[tier]?.minimumBidPrice ?? 0;
    if (bid <= 0 || id.startsWith('AMD')) return [];
    const stock = price[tier]?.stockStatus ?? 'NONE';
    return {
      ...common(displayName, memoryInGb, count),
      id: offerId({ tier, gpuId: id, dataCenter: null }, count, true),
      usdPerHour: totalPrice(bid, count),
      region: null,
      spot: true,
      available: isAvailable(stock.toUpperCase()),
      notes: [...tierNotes(tier), 'RunPod may take it back five seconds after it says so.'],
    };
  });
}

/** What {@link Offer.id} says. `undefined` for an id that is not one of ours. */
export function placeOf(offerId: string): Place | undefined {
  const [tier, gpuId, , region] = offerId.split('/').map(decodeURIComponent);
  if ((tier !== 'secure' && tier !== 'community') || gpuId === undefined) return undefined;
  return { tier, gpuId, dataCenter: region === undefined || region === 'anywhere' ? null : region };
}

function offerId({ tier, gpuId, dataCenter }: Place, count: number, spot: boolean): string {
  const parts = [tier, gpuId, `${count}x`, dataCenter ?? 'anywhere', ...(spot ? ['spot'] : [])];
  return parts.map(encodeURIComponent).join('/');
}

function common(name: string, memoryGb: number, count: number) {
  return {
    provider: 'runpod',
    gpu: plainGpuName(name),
    count,
    vramGb: memoryGb,
    hostKey: null,
    usdPerGb: { up: 0, down: 0 },
    cuda: lowestCuda,
    diskGb: null,
  };
}

/** Prices are of one GPU, with at most a few decimals; multiplied they must not become 0.8999999999999999. */
function totalPrice(usdPerGpuHour: number, count: number): number {
  return Number((usdPerGpuHour * count).toFixed(6));
}

function isAvailable(level: string | null): boolean | null {
  if (level === 'NONE') return false;
  return level === 'LOW' || level === 'MEDIUM' || level === 'HIGH' ? true : null;
}

function tierNotes(tier: Tier): readonly string[] {
  return tier === 'community' ? ['It stands with a private host, not in a data centre of RunPod.'] : [];
}
