import type { Gpu } from '../base/simulatedMachine.js';

export interface InstanceType {
  readonly name: string;
  readonly description: string;
  readonly gpu_description: string;
  readonly price_cents_per_hour: number;
  readonly specs: {
    readonly vcpus: number;
    readonly memory_gib: number;
    readonly storage_gib: number;
    readonly gpus: number;
  };
}

export interface CatalogueEntry {
  readonly type: InstanceType;
  /** Regions that have it now. */
  readonly regions: readonly string[];
  /** As the driver on such a machine shows it. */
  readonly gpu: Gpu | 'none';
}

export const regions: Readonly<Record<string, string>> = {
  'us-west-1': 'California, USA',
  'us-west-3': 'Utah, USA',
  'us-east-1': 'Virginia, USA',
  'us-east-3': 'Washington DC, USA',
  'us-south-1': 'Texas, USA',
};

/** The region of the filesystem that the account has. */
export const filesystem = { id: '398578a2336b49079e74043f0bd2cfe8', name: 'datasets', region: 'us-east-1' };

/** Cents an hour, vCPUs, GiB of memory and disk. */
type Size = readonly [cents: number, vcpus: number, memory: number, disk: number];

export const catalogue: readonly CatalogueEntry[] = [
  entry('gpu_1x_rtx6000', 'RTX 6000 (24 GB)', [50, 14, 46, 512], [], ['Quadro RTX 6000', 24_576]),
  entry(
    'gpu_1x_a10',
    'A10 (24 GB PCIe)',
    [75, 30, 200, 1400],
    ['us-west-1', 'us-east-1'],
    ['NVIDIA A10', 23_028],
  ),
  entry('gpu_1x_a6000', 'A6000 (48 GB)', [80, 14, 100, 200], ['us-south-1'], ['NVIDIA RTX A6000', 49_140]),
  entry(
    'gpu_1x_a100_sxm4',
    'A100 (40 GB SXM4)',
    [129, 30, 200, 512],
    ['us-east-1'],
    ['NVIDIA A100-SXM4-40GB', 40_960],
  ),
  entry('gpu_1x_gh200', 'GH200 (96 GB)', [149, 64, 432, 4096], ['us-east-3'], ['NVIDIA GH200 480GB', 97_871]),
  entry(
    'gpu_1x_h100_pcie',
    'H100 (80 GB PCIe)',
    [249, 26, 200, 1024],
    ['us-west-3'],
    ['NVIDIA H100 PCIe', 81_559],
  ),
  entry(
    'gpu_8x_v100',
    'Tesla V100 (16 GB)',
    [440, 92, 448, 5836],
    ['us-south-1'],
    ['Tesla V100-SXM2-16GB', 16_384],
  ),
  entry(
    'gpu_8x_h100_sxm5',
    'H100 (80 GB SXM5)',
    [2392, 208, 1800, 22_528],
    [],
    ['NVIDIA H100 80GB HBM3', 81_559],
  ),
  entry('cpu_4x_general', 'N/A', [12, 4, 16, 512], ['us-west-1', 'us-east-1'], 'none'),
];

function entry(
  name: string,
  gpuDescription: string,
  [cents, vcpus, memory, disk]: Size,
  regions: readonly string[],
  gpu: readonly [name: string, memoryMib: number] | 'none',
): CatalogueEntry {
  const count = gpu === 'none' ? 0 : Number(/_(\d+)x_/.exec(name)?.[1] ?? 1);
  return {
    type: {
      name,
      description: gpu === 'none' ? '4x CPU General (16 GiB RAM)' : `${count}x ${gpuDescription}`,
      gpu_description: gpuDescription,
      price_cents_per_hour: cents,
      specs: { vcpus, memory_gib: memory, storage_gib: disk, gpus: count },
    },
    regions,
    gpu: gpu === 'none' ? 'none' : { name: gpu[0], memoryMib: gpu[1], count },
  };
}
