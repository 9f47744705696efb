export type Tier = 'SECURE' | 'COMMUNITY';
export type Level = 'NONE' | 'LOW' | 'MEDIUM' | 'HIGH';

/** A GPU type as RunPod sells it. */
export interface CatalogGpu {
  readonly id: string;
  readonly name: string;
  readonly pool: string | null;
  readonly manufacturer: 'NVIDIA' | 'AMD';
  readonly memory: number;
  readonly price: Readonly<Record<Tier, number>>;
  /** The lowest bid that wins; `null` where no spot is sold. */
  readonly bid: Readonly<Record<Tier, number | null>>;
  /** 0: this tier does not have it. */
  readonly maxCount: Readonly<Record<Tier, number>>;
  /** Stock by data centre; `''` is a host that is in none. */
  readonly stock: Readonly<Record<Tier, Readonly<Record<string, Level>>>>;
  /** The newest CUDA of its hosts' drivers. */
  readonly cuda: string;
}

export const dataCenterNames: Readonly<Record<string, string>> = {
  'US-KS-2': 'US Kansas 2',
  'US-TX-3': 'US Texas 3',
  'EU-RO-1': 'EU Romania 1',
  'EUR-IS-1': 'EU Iceland 1',
};

const nowhere = { SECURE: {}, COMMUNITY: {} };

export const catalog: readonly CatalogGpu[] = [
  {
    id: 'NVIDIA GeForce RTX 4090',
    name: 'RTX 4090',
    pool: 'ADA_24',
    manufacturer: 'NVIDIA',
    memory: 24,
    price: { SECURE: 0.44, COMMUNITY: 0.31 },
    bid: { SECURE: 0.29, COMMUNITY: 0.2 },
    maxCount: { SECURE: 8, COMMUNITY: 4 },
    stock: {
      SECURE: { 'US-KS-2': 'HIGH', 'EU-RO-1': 'LOW', 'US-TX-3': 'NONE' },
      COMMUNITY: { '': 'MEDIUM' },
    },
    cuda: '12.8',
  },
  {
    id: 'NVIDIA L4',
    name: 'L4',
    pool: 'ADA_24',
    manufacturer: 'NVIDIA',
    memory: 24,
    price: { SECURE: 0.39, COMMUNITY: 0 },
    bid: { SECURE: 0.22, COMMUNITY: null },
    maxCount: { SECURE: 7, COMMUNITY: 0 },
    stock: { SECURE: { 'EU-RO-1': 'HIGH' }, COMMUNITY: {} },
    cuda: '12.9',
  },
  {
    id: 'NVIDIA RTX A4000',
    name: 'RTX A4000',
    pool: 'AMPERE_16',
    manufacturer: 'NVIDIA',
    memory: 16,
    price: { SECURE: 0.25, COMMUNITY: 0.17 },
    bid: { SECURE: null, COMMUNITY: 0.11 },
    maxCount: { SECURE: 10, COMMUNITY: 2 },
    stock: { SECURE: { 'EUR-IS-1': 'HIGH' }, COMMUNITY: { '': 'HIGH' } },
    cuda: '12.4',
  },
  {
    id: 'NVIDIA A100 80GB PCIe',
    name: 'A100 PCIe',
    pool: 'AMPERE_80',
    manufacturer: 'NVIDIA',
    memory: 80,
    price: { SECURE: 1.64, COMMUNITY: 1.19 },
    bid: { SECURE: 0.82, COMMUNITY: 0.6 },
    maxCount: { SECURE: 8, COMMUNITY: 8 },
    stock: { SECURE: { 'US-TX-3': 'MEDIUM' }, COMMUNITY: { '': 'LOW' } },
    cuda: '12.8',
  },
  {
    id: 'NVIDIA H100 80GB HBM3',
    name: 'H100 SXM',
    pool: 'ADA_80_PRO',
    manufacturer: 'NVIDIA',
    memory: 80,
    price: { SECURE: 2.99, COMMUNITY: 0 },
    bid: { SECURE: 1.75, COMMUNITY: null },
    maxCount: { SECURE: 8, COMMUNITY: 0 },
    stock: nowhere,
    cuda: '12.8',
  },
  {
    id: 'NVIDIA H200',
    name: 'H200 SXM',
    pool: 'HOPPER_141',
    manufacturer: 'NVIDIA',
    memory: 141,
    price: { SECURE: 3.59, COMMUNITY: 0 },
    bid: { SECURE: null, COMMUNITY: null },
    maxCount: { SECURE: 8, COMMUNITY: 0 },
    stock: { SECURE: { 'EUR-IS-1': 'LOW' }, COMMUNITY: {} },
    cuda: '12.9',
  },
  {
    id: 'AMD Instinct MI300X OAM',
    name: 'MI300X',
    pool: null,
    manufacturer: 'AMD',
    memory: 192,
    price: { SECURE: 2.49, COMMUNITY: 0 },
    bid: { SECURE: null, COMMUNITY: null },
    maxCount: { SECURE: 8, COMMUNITY: 0 },
    stock: { SECURE: { 'EU-RO-1': 'HIGH' }, COMMUNITY: {} },
    cuda: '12.8',
  },
];

/** What is looked for; what is not said does not matter. */
export interface StockQuestion {
  readonly tier: Tier;
  readonly count: number;
  readonly minCuda: string | undefined;
}

/** Data centres that have it, with how many there are. */
export function stockOf(
  gpu: CatalogGpu,
  { tier, count, minCuda }: StockQuestion,
): readonly [string, Level][] {
  if (count > gpu.maxCount[tier] || (minCuda !== undefined && isOlder(gpu.cuda, minCuda))) return [];
  return Object.entries(gpu.stock[tier]);
}

const levels: readonly Level[] = ['NONE', 'LOW', 'MEDIUM', 'HIGH'];

export function bestLevel(stock: readonly [string, Level][]): Level {
  const best = Math.max(0, ...stock.map(([, level]) => levels.indexOf(level)));
  return levels[best] ?? 'NONE';
}

/** 12.11 is newer than 12.2. */
function isOlder(version: string, than: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [otherMajor = 0, otherMinor = 0] = than.split('.').map(Number);
  return major < otherMajor || (major === otherMajor && minor < otherMinor);
}
