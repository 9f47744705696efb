import * as v from 'valibot';
import type { Offer, OfferNeed } from '../cloud.js';
import { isGpu, plainGpuName } from '../gpuNames.js';
import { type AskedOffer, askedOffer } from './answers.js';
import { toHostKey } from './states.js';

export type OfferKind = 'on-demand' | 'bid';

/** The cheapest ones do, unless GPUs are named: those are picked out here, because Vast.ai wants its own exact names. */
const cheapest = 100;
const nearlyAll = 3000;
const hoursPerMonth = 730;
/** So that a bid is not beaten by the next cent. */
const bidOverMinimum = 1.1;
/** Shorter than that and it is said. */
const shortOfferHours = 72;

/** What is offered at all, and to us: machines that can be used and that are what they claim to be. */
const safety = {
  // Others have not been tested by Vast.ai, and anybody can offer a machine.
  verified: { eq: true },
  // Free, now.
  rentable: { eq: true },
  rented: { eq: false },
  // Machines of other markets, which come and go by rules of their own.
  external: { eq: false },
  // Without an open port, everything goes through a relay that is too slow for data sets.
  direct_port_count: { gte: 1 },
  // A host that is away one hour in ten loses a training of a day.
  reliability2: { gte: 0.9 },
  // Mbit/s: below, the image alone takes half an hour.
  inet_down: { gt: 128 },
  // Drivers older than that take none of today's images.
  cuda_max_good: { gte: 12.8 },
  // PyTorch's builds for CUDA 13 begin with Turing, 7.5.
  compute_cap: { gte: 750 },
  // The packages that recipes install are built for these.
  gpu_arch: { eq: 'nvidia' },
  cpu_arch: { eq: 'amd64' },
  // Seconds: what is taken from the market today stops in mid-training.
  duration: { gte: 86_400 },
} as const;

/** The body of a search. */
export function toSearch(need: OfferNeed, kind: OfferKind): Record<string, unknown> {
  const { vramGb, maxUsdPerHour, diskGb } = need;
  const countries = need.regions.filter((region) => /^[A-Z]{2}$/.test(region));
  const isByCountry = countries.length > 0 && countries.length === need.regions.length;
  return {
    ...safety,
    num_gpus: { eq: need.count },
    disk_space: { gte: diskGb },
    ...(vramGb === null ? {} : { gpu_ram: { gte: Math.floor(vramGb * leastShare * 1024) } }),
    ...(maxUsdPerHour === null ? {} : { dph_total: { lte: maxUsdPerHour } }),
    ...(isByCountry ? { geolocation: { in: countries } } : {}),
    allocated_storage: diskGb,
    type: kind,
    order: [['dph_total', 'asc']],
    limit: need.gpus.length === 0 ? cheapest : nearlyAll,
  };
}

/** The offers of an answer that can be read and are what was asked for. */
export function toOffers(answer: readonly unknown[], need: OfferNeed, kind: OfferKind): Offer[] {
  return answer.flatMap((item) => {
    const { success, output } = v.safeParse(askedOffer, item);
    if (!success) return [];
    const isWanted = need.gpus.length === 0 || need.gpus.some((gpu) => isGpu(output.gpu_name, gpu));
    const offer = isWanted ? toOffer(output, kind, need.diskGb) : undefined;
    return offer === undefined ? [] : [offer];
  });
}

/** `undefined`: a bid on it is not possible. */
export function toOffer(asked: AskedOffer, kind: OfferKind, diskGb: number): Offer | undefined {
  const bid = kind === 'bid' ? bidOver(asked.min_bid) : null;
  if (bid === undefined) return undefined;
  return {
    provider: 'vast',
    id: toAskId({ ask: String(asked.id), bid }),
    gpu: plainGpuName(asked.gpu_name),
    count: asked.num_gpus,
    vramGb: toAdvertisedGb(asked.gpu_ram),
    usdPerHour: bid === null ? asked.dph_total : bid + (asked.storage_cost * diskGb) / hoursPerMonth,
    region: asked.geolocation?.replace(/^[\s,]+|[\s,]+$/g, '') ?? null,
    spot: kind === 'bid',
    available: true,
    hostKey: toHostKey(asked.machine_id),
    // What we send the machine receives, at its price for that.
    usdPerGb: { up: asked.inet_down_cost, down: asked.inet_up_cost },
    cuda:
      asked.cuda_max_good === null || asked.cuda_max_good === undefined
        ? null
        : asked.cuda_max_good.toFixed(1),
    diskGb: asked.disk_space ?? null,
    notes: notesOn(asked, bid),
  };
}

/** What an offer's id stands for: the ask to accept and, for an interruptible machine, the bid in dollars an hour. */
export interface Ask {
  readonly ask: string;
  readonly bid: number | null;
}

export function toAskId({ ask, bid }: Ask): string {
  return bid === null ? ask : `${ask}@${bid}`;
}

/** `undefined` when it is not an id of ours. */
export function fromAskId(id: string): Ask | undefined {
  const [, ask, bid] = /^(\d+)(?:@(\d+(?:\.\d+)?))?$/.exec(id) ?? [];
  if (ask === undefined) return undefined;
  return { ask, bid: bid === undefined ? null : Number(bid) };
}

/** A little above the least that wins now, in hundredths of a cent. Vast.ai takes 0.001 to 128 dollars. */
function bidOver(minimum: number | null | undefined): number | undefined {
  if (minimum === null || minimum === undefined || minimum <= 0) return undefined;
  const bid = Math.ceil(Number((minimum * bidOverMinimum * 10_000).toFixed(3))) / 10_000;
  return bid > 128 ? undefined : Math.max(bid, 0.001);
}

function notesOn({ duration }: AskedOffer, bid: number | null): string[] {
  const hours = duration === null || duration === undefined ? Infinity : Math.floor(duration / 3600);
  return [
    ...(bid === null
      ? []
      : [
          `A bid of $${bid}/h: the machine stops without a warning when somebody pays more, and its disk bills on.`,
        ]),
    ...(hours < shortOfferHours ? [`Its owner offers it for another ${hours} hours; then it stops.`] : []),
  ];
}

/** Sizes in which GPU memory is sold. */
const advertisedSizes = [8, 10, 11, 12, 16, 20, 22, 24, 32, 40, 48, 64, 80, 94, 96, 141, 180, 192, 288];
/** A card that is sold with 48 GB reports as little as 45 GiB. */
const leastShare = 0.92;

/** 24 of 24,564 MiB, 48 of 46,068: what the card is sold with. */
export function toAdvertisedGb(mib: number): number {
  const gib = mib / 1024;
  const size = advertisedSizes.find((gb) => gb >= Math.floor(gib * 10) / 10);
  return size !== undefined && gib >= size * leastShare ? size : Math.round(gib);
}
