import type { Gpu } from '../base/simulatedMachine.js';

/** What can be rented, as `/instance-types` tells it, and what a machine of it then has. */
export interface Flavor {
  readonly row: {
    readonly flavor: string;
    readonly images: readonly string[];
    readonly name: string;
    readonly price: number;
    readonly priceHour: string;
    readonly specs: string;
  };
  /** What is charged in truth. */
  readonly usdPerHour: number;
  readonly gpu: Gpu | undefined;
  /** How many machines there are, by region. */
  readonly stock: Readonly<Record<string, number>>;
}

export const regions = ['KEF-2', 'KEF-3'];

const images = ['GPU-Ubuntu.22.04', 'GPU-Ubuntu.24.04'];

/**
 * The rows of H100-4, H100-8, H200-8 and m1.advanced stand so in CanopyWave's page, with the row that contradicts
 * itself. The smaller ones are made up in the same hand.
 */
export const flavors: readonly Flavor[] = [
  {
    row: {
      flavor: 'A4000-1',
      images,
      name: '1x RTX A4000 (16 GB)',
      price: 19,
      priceHour: '$0.19 / gpu / hour',
      specs: '6 cores, 32.0 GB RAM, 200 GB NVMe',
    },
    usdPerHour: 0.19,
    gpu: { name: 'NVIDIA RTX A4000', count: 1, memoryMib: 16_376 },
    stock: { 'KEF-2': 40, 'KEF-3': 0 },
  },
  {
    row: {
      flavor: 'L40S-1',
      images,
      name: '1x L40S (48 GB PCIe)',
      price: 85,
      priceHour: '$0.85 / gpu / hour',
      specs: '12 cores, 96.0 GB RAM, 500 GB NVMe',
    },
    usdPerHour: 0.85,
    gpu: { name: 'NVIDIA L40S', count: 1, memoryMib: 46_068 },
    stock: { 'KEF-2': 4, 'KEF-3': 8 },
  },
  {
    row: {
      flavor: 'H100-1',
      images,
      name: '1x H100 (80 GB SXM5)',
      price: 225,
      priceHour: '$2.25 / gpu / hour',
      specs: '20 cores, 200.0 GB RAM, 500 GB NVMe',
    },
    usdPerHour: 2.25,
    gpu: { name: 'NVIDIA H100 80GB HBM3', count: 1, memoryMib: 81_559 },
    stock: { 'KEF-2': 0, 'KEF-3': 0 },
  },
  {
    row: {
      flavor: 'H100-4',
      images,
      name: '4x H100 (80 GB SXM5)',
      price: 900,
      priceHour: '$2.25 / gpu / hour',
      specs: '80 cores, 800.0 GB RAM, 2 TB NVMe',
    },
    usdPerHour: 9,
    gpu: { name: 'NVIDIA H100 80GB HBM3', count: 4, memoryMib: 81_559 },
    stock: { 'KEF-2': 2, 'KEF-3': 0 },
  },
  {
    row: {
      flavor: 'H100-8',
      images,
      name: '8x H100 (80 GB SXM5)',
      price: 1800,
      priceHour: '$2.25 / gpu / hour',
      specs: '160 cores, 1536.0 GB RAM, 17 TB NVMe',
    },
    usdPerHour: 18,
    gpu: { name: 'NVIDIA H100 80GB HBM3', count: 8, memoryMib: 81_559 },
    stock: { 'KEF-2': 0, 'KEF-3': 2 },
  },
  {
    row: {
      flavor: 'm1.advanced',
      images: ['CPU-Ubuntu.22.04', 'CPU-Ubuntu.24.04'],
      name: '16 vCPU x86 Server',
      price: 56,
      priceHour: '$0.035 / cpu / hour',
      specs: '16 cores, 32.0 GB RAM, 500 GB SSD',
    },
    usdPerHour: 0.56,
    gpu: undefined,
    stock: { 'KEF-2': 10, 'KEF-3': 10 },
  },
  {
    row: {
      flavor: 'H200-8',
      images: ['GPU-Ubuntu.22.04'],
      name: '8x H200 (80 GB SXM5)',
      price: 1800,
      priceHour: '$3.00 / gpu / hour',
      specs: '160 cores, 1536.0 GB RAM, 17 TB NVMe',
    },
    usdPerHour: 24,
    gpu: { name: 'NVIDIA H200', count: 8, memoryMib: 143_771 },
    stock: { 'KEF-2': 1, 'KEF-3': 0 },
  },
];
