import type { Offer } from '../cloud.js';
import { plainGpuName } from '../gpuNames.js';
import type { InstanceType, TypeOffer } from './answers.js';

export interface Gpu {
  /** `H100 SXM` */
  readonly name: string;
  readonly vramGb: number;
}

/** Everything Lambda would rent: each type in each region that has it, and once without a region where none has. */
export function toOffers(types: readonly TypeOffer[]): Offer[] {
  return types.flatMap(({ instance_type: type, regions_with_capacity_available: regions }) => {
    const gpu = gpuOf(type);
    if (gpu === undefined || type.price_cents_per_hour <= 0) return [];
    if (regions.length === 0) return [toOffer(type, gpu, null)];
    return regions.map(({ name }) => toOffer(type, gpu, name));
  });
}

/**
 * The GPU of a type, from its description (`8x A100 (40 GB SXM4)`): Lambda tells its memory nowhere else. `undefined`
 * of a machine without GPU, or with one that is described in another way.
 */
export function gpuOf({ description, gpu_description, specs }: InstanceType): Gpu | undefined {
  if (specs.gpus < 1) return undefined;
  const shape = /^(?:\d+x )?(.+?) \((\d+) GB(?: ([^)]+))?\)$/;
  const match = shape.exec(description) ?? shape.exec(gpu_description);
  const [, name, memory, form = ''] = match ?? [];
  if (name === undefined || memory === undefined) return undefined;
  return { name: plainGpuName(`${name}${/^SXM/i.test(form) ? ' SXM' : ''}`), vramGb: Number(memory) };
}

/** What an offer's id stands for; `region` is `null` where no region has the type. */
export function placeOf(offerId: string): { readonly type: string; readonly region: string | null } {
  const [type = '', region] = offerId.split('@');
  return { type, region: region ?? null };
}

function toOffer(type: InstanceType, gpu: Gpu, region: string | null): Offer {
  return {
    provider: 'lambda',
    id: region === null ? type.name : `${type.name}@${region}`,
    gpu: gpu.name,
    count: type.specs.gpus,
    vramGb: gpu.vramGb,
    usdPerHour: type.price_cents_per_hour / 100,
    region,
    spot: false,
    available: region !== null,
    hostKey: null,
    usdPerGb: { up: 0, down: 0 },
    cuda: null,
    diskGb: type.specs.storage_gib ?? null,
    notes: /^G[HB]\d/.test(gpu.name) ? [armNote] : [],
  };
}

/** Source: `architecture` of Lambda's images is `arm64` for the GH200. */
const armNote =
  'Its processor is an ARM (aarch64): Python packages without a build for it do not install, and the usual PyTorch from PyPI runs there without the GPU.';
