import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InstanceType } from '../../../../src/providers/lambda/answers.js';
import { gpuOf, placeOf, toOffers } from '../../../../src/providers/lambda/offers.js';

function type(changes: Partial<InstanceType> = {}): InstanceType {
  return {
    name: 'gpu_1x_a10',
    description: '1x A10 (24 GB PCIe)',
    gpu_description: 'A10 (24 GB PCIe)',
    price_cents_per_hour: 75,
    specs: { storage_gib: 1400, gpus: 1 },
    ...changes,
  };
}

for (const [description, gpus, expected] of [
  ['1x A10 (24 GB PCIe)', 1, { name: 'A10', vramGb: 24 }],
  ['8x H100 (80 GB SXM5)', 8, { name: 'H100 SXM', vramGb: 80 }],
  ['8x Tesla V100 (16 GB)', 8, { name: 'V100', vramGb: 16 }],
  ['1x RTX A6000 (48 GB)', 1, { name: 'RTX A6000', vramGb: 48 }],
  ['1x GH200 (96 GB)', 1, { name: 'GH200', vramGb: 96 }],
  ['4x CPU General (16 GiB RAM)', 0, undefined],
] as const) {
  test(`the GPU of "${description}" is read`, () => {
    assert.deepEqual(gpuOf(type({ description, specs: { gpus } })), expected);
  });
}

test('a GPU that the description does not tell is read from the description of the GPU', () => {
  assert.deepEqual(gpuOf(type({ description: 'one fine machine' })), { name: 'A10', vramGb: 24 });
});

test('a GPU whose memory is told nowhere is none that can be offered', () => {
  assert.equal(gpuOf(type({ description: '1x B300', gpu_description: 'N/A' })), undefined);
  assert.deepEqual(
    toOffers([
      {
        instance_type: type({ description: 'N/A', gpu_description: 'N/A' }),
        regions_with_capacity_available: [],
      },
    ]),
    [],
  );
});

test('a type is an offer in each region that has it, for the price of the whole machine', () => {
  const offers = toOffers([
    {
      instance_type: type({
        name: 'gpu_8x_a100',
        description: '8x A100 (40 GB SXM4)',
        price_cents_per_hour: 1032,
        specs: { storage_gib: 6144, gpus: 8 },
      }),
      regions_with_capacity_available: [{ name: 'us-west-1' }, { name: 'us-east-1' }],
    },
  ]);
  assert.deepEqual(
    offers.map(({ id, region, usdPerHour, count, available }) => [id, region, usdPerHour, count, available]),
    [
      ['gpu_8x_a100@us-west-1', 'us-west-1', 10.32, 8, true],
      ['gpu_8x_a100@us-east-1', 'us-east-1', 10.32, 8, true],
    ],
  );
  assert.deepEqual(placeOf('gpu_8x_a100@us-east-1'), { type: 'gpu_8x_a100', region: 'us-east-1' });
});

test('a type that no region has is shown once, as not to be had', () => {
  const [offer, ...others] = toOffers([{ instance_type: type(), regions_with_capacity_available: [] }]);
  assert.deepEqual([offer?.id, offer?.region, offer?.available], ['gpu_1x_a10', null, false]);
  assert.deepEqual(others, []);
  assert.deepEqual(placeOf('gpu_1x_a10'), { type: 'gpu_1x_a10', region: null });
});

test('an ARM machine says so', () => {
  const notesOf = (description: string): readonly string[] =>
    toOffers([{ instance_type: type({ description }), regions_with_capacity_available: [] }])[0]?.notes ?? [];
  assert.match(notesOf('1x GH200 (96 GB)').join(), /ARM \(aarch64\)/);
  assert.deepEqual(notesOf('1x H100 (80 GB PCIe)'), []);
});
