/** What a host offers: the machine as it is, and its price. */
export interface CatalogueEntry {
  /** As Vast.ai writes it, `null` where there is no GPU. */
  readonly gpuName: string | null;
  readonly count: number;
  /** MiB, of one. */
  readonly memoryMib: number;
  /** As `nvidia-smi` on the machine says it. */
  readonly driverName: string;
  /** × 100 */
  readonly computeCap: number;
  /** Dollars an hour for the GPUs, on demand. */
  readonly usdPerHour: number;
  /** The least that wins an interruptible machine. */
  readonly minBid: number;
  /** Dollars a GB. */
  readonly inetUsdPerGb: { readonly down: number; readonly up: number };
  readonly geolocation: string;
  /** How many such machines there are. */
  readonly machines: number;
  readonly cuda?: number;
  readonly gpuArch?: 'nvidia' | 'amd';
  readonly verification?: 'verified' | 'unverified';
  readonly reliability?: number;
  readonly diskGb?: number;
  /** For how long it is still offered. */
  readonly days?: number;
  /** Vast.ai does not know its processor. */
  readonly isUnknown?: boolean;
  /** Nothing from outside reaches it but through the relay. */
  readonly isFirewalled?: boolean;
  /** Somebody else has it. */
  readonly isTaken?: boolean;
}

/** Dollars a GB and month, for every disk. */
export const storageUsdPerGbMonth = 0.15;
export const hoursPerMonth = 730;

const cheapTraffic = { down: 0.003, up: 0.003 };

/** A day on the market: good ones, dear ones, and some that nobody should take. */
export const catalogue: readonly CatalogueEntry[] = [
  {
    gpuName: 'RTX 3060',
    count: 1,
    memoryMib: 12_288,
    driverName: 'NVIDIA GeForce RTX 3060',
    computeCap: 860,
    usdPerHour: 0.08,
    minBid: 0.04,
    inetUsdPerGb: cheapTraffic,
    geolocation: 'Texas, US',
    machines: 4,
  },
  {
    gpuName: 'RTX 4090',
    count: 1,
    memoryMib: 24_564,
    driverName: 'NVIDIA GeForce RTX 4090',
    computeCap: 890,
    usdPerHour: 0.36,
    minBid: 0.18,
    inetUsdPerGb: cheapTraffic,
    geolocation: 'Quebec, CA',
    machines: 6,
  },
  {
    gpuName: 'RTX A5000',
    count: 1,
    memoryMib: 24_564,
    driverName: 'NVIDIA RTX A5000',
    computeCap: 860,
    usdPerHour: 0.24,
    minBid: 0.13,
    inetUsdPerGb: { down: 0.02, up: 0.02 },
    geolocation: 'Sweden, SE',
    machines: 2,
    isFirewalled: true,
  },
  {
    gpuName: 'L40S',
    count: 1,
    memoryMib: 46_068,
    driverName: 'NVIDIA L40S',
    computeCap: 890,
    usdPerHour: 0.72,
    minBid: 0.4,
    inetUsdPerGb: cheapTraffic,
    geolocation: 'Norway, NO',
    machines: 2,
  },
  {
    gpuName: 'A100 SXM4',
    count: 1,
    memoryMib: 81_920,
    driverName: 'NVIDIA A100-SXM4-80GB',
    computeCap: 800,
    usdPerHour: 1.12,
    minBid: 0.55,
    inetUsdPerGb: { down: 0.01, up: 0.01 },
    geolocation: 'California, US',
    machines: 2,
    days: 2,
  },
  {
    gpuName: 'H100 SXM',
    count: 1,
    memoryMib: 81_559,
    driverName: 'NVIDIA H100 80GB HBM3',
    computeCap: 900,
    usdPerHour: 2.35,
    minBid: 1.4,
    inetUsdPerGb: { down: 0, up: 0 },
    geolocation: 'Iceland, IS',
    machines: 2,
  },
  {
    gpuName: 'RTX 4090',
    count: 2,
    memoryMib: 24_564,
    driverName: 'NVIDIA GeForce RTX 4090',
    computeCap: 890,
    usdPerHour: 0.74,
    minBid: 0.38,
    inetUsdPerGb: cheapTraffic,
    geolocation: 'Quebec, CA',
    machines: 2,
  },
  {
    gpuName: 'H100 SXM',
    count: 8,
    memoryMib: 81_559,
    driverName: 'NVIDIA H100 80GB HBM3',
    computeCap: 900,
    usdPerHour: 18.8,
    minBid: 11.2,
    inetUsdPerGb: { down: 0, up: 0 },
    geolocation: 'Iceland, IS',
    machines: 1,
    diskGb: 8000,
  },
  {
    gpuName: 'RTX 5090',
    count: 1,
    memoryMib: 32_607,
    driverName: 'NVIDIA GeForce RTX 5090',
    computeCap: 1200,
    usdPerHour: 0.52,
    minBid: 0.3,
    inetUsdPerGb: cheapTraffic,
    geolocation: 'Japan, JP',
    machines: 1,
    isTaken: true,
  },
  {
    gpuName: 'RTX 3090',
    count: 1,
    memoryMib: 24_576,
    driverName: 'NVIDIA GeForce RTX 3090',
    computeCap: 860,
    usdPerHour: 0.07,
    minBid: 0.03,
    inetUsdPerGb: cheapTraffic,
    geolocation: 'Poland, PL',
    machines: 1,
    verification: 'unverified',
    reliability: 0.71,
  },
  {
    gpuName: 'Tesla V100',
    count: 1,
    memoryMib: 16_160,
    driverName: 'Tesla V100-SXM2-16GB',
    computeCap: 700,
    usdPerHour: 0.09,
    minBid: 0.05,
    inetUsdPerGb: cheapTraffic,
    geolocation: 'Spain, ES',
    machines: 1,
    cuda: 12.2,
  },
  {
    gpuName: 'RX 7900 XTX',
    count: 1,
    memoryMib: 24_560,
    driverName: 'none',
    computeCap: 0,
    usdPerHour: 0.15,
    minBid: 0.08,
    inetUsdPerGb: cheapTraffic,
    geolocation: 'Bulgaria, BG',
    machines: 1,
    gpuArch: 'amd',
  },
  {
    gpuName: 'RTX 4070',
    count: 1,
    memoryMib: 12_282,
    driverName: 'NVIDIA GeForce RTX 4070',
    computeCap: 890,
    usdPerHour: 0.06,
    minBid: 0.03,
    inetUsdPerGb: cheapTraffic,
    geolocation: 'Vietnam, VN',
    machines: 1,
    isUnknown: true,
  },
  {
    gpuName: null,
    count: 0,
    memoryMib: 0,
    driverName: 'none',
    computeCap: 0,
    usdPerHour: 0.04,
    minBid: 0.02,
    inetUsdPerGb: cheapTraffic,
    geolocation: 'Ohio, US',
    machines: 1,
  },
];
