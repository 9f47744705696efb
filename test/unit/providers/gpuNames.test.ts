import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isGpu, plainGpuName } from '../../../src/providers/gpuNames.js';

describe('isGpu', () => {
  it('knows a GPU by every way its name is written', () => {
    for (const [name, wanted] of [
      ['RTX 4090', '4090'],
      ['RTX 4090', 'rtx4090'],
      ['RTX 4090', 'RTX_4090'],
      ['RTX 4090', 'NVIDIA GeForce RTX 4090'],
      ['NVIDIA GeForce RTX 3070', 'RTX 3070'],
      ['RTX A6000', 'a6000'],
      ['RTX A6000', 'rtxa6000'],
      ['A100-SXM4-80GB', 'A100 80 GB'],
      ['A100 SXM4', 'A100 SXM'],
      ['A100 80GB PCIe', 'A100 80G'],
      ['RTX 6000Ada', 'RTX 6000 Ada Generation'],
      ['RTX 4070S Ti', 'RTX 4070 Ti Super'],
      ['RTX 3080Ti', '3080 ti'],
      ['Tesla T4', 't4'],
      ['NVIDIA H100 80GB HBM3', 'H100 SXM'],
    ] as const) {
      assert.ok(isGpu(name, wanted), `${wanted} is ${name}`);
    }
  });

  it('takes every form of a GPU unless one is named', () => {
    for (const name of ['H100 SXM', 'H100 NVL', 'H100 PCIe', 'H100']) assert.ok(isGpu(name, 'H100'), name);
    assert.ok(isGpu('H100', 'H100 PCIe'));
    assert.ok(isGpu('H100 PCIe', 'H100 PCIe'));
    assert.ok(!isGpu('H100 SXM', 'H100 PCIe'));
    assert.ok(!isGpu('H100', 'H100 SXM'));
  });

  it('tells GPUs apart whose names begin alike', () => {
    for (const [name, wanted] of [
      ['RTX A1000', 'A100'],
      ['L40S', 'L40'],
      ['L40', 'L4'],
      ['RTX 4080 SUPER', 'RTX 4080'],
      ['RTX 4080S', '4080'],
      ['RTX 4070 Ti', 'RTX 4070'],
      ['RTX 4090 D', 'RTX 4090'],
      ['RTX 4090 Laptop GPU', 'RTX 4090'],
      ['RTX 4070', 'RTX 4070 Ti'],
      ['RTX 4090', ''],
      ['RTX 4090', 'nvidia gpu'],
    ] as const) {
      assert.ok(!isGpu(name, wanted), `${wanted} is not ${name}`);
    }
  });
});

describe('plainGpuName', () => {
  it('leaves out who made it', () => {
    assert.equal(plainGpuName('NVIDIA GeForce RTX 4090'), 'RTX 4090');
    assert.equal(plainGpuName('RTX_4090'), 'RTX 4090');
    assert.equal(plainGpuName('Tesla T4'), 'T4');
    assert.equal(plainGpuName('NVIDIA H100 80GB HBM3'), 'H100 80GB HBM3');
  });
});
