import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { parseRunFile, formatRunFile } from '../../../../src/jobs/jobFile.js';
import { findRecipe } from '../../../../src/recipes/index.js';
import {
  limitsOf,
  toDatasetRequest,
  toRequest,
  toRunFile,
  valuesOf,
  withoutParameter,
  withParameter,
  withRecipe,
  type Rental,
  type RunDraft,
} from '../../../../src/views/launch/runDraft.js';

const dataset = resolve('/data/wine');
const file = parseRunFile(
  'dataset: .\nrecipe: sklearn\nparams: { target: cultivar }\n',
  resolve(dataset, 'trainyard.yaml'),
);

const draft = (overrides: Partial<RunDraft> = {}): RunDraft => ({
  dataset,
  basis: file,
  recipe: findRecipe('sklearn'),
  place: { provider: 'local', destination: null, identityFiles: [] },
  rental: null,
  changed: {},
  ...overrides,
});

const rental: Rental = {
  title: 'RunPod',
  offer: {
    provider: 'runpod',
    id: 'offer-1',
    gpu: 'RTX 4090',
    count: 2,
    vramGb: 24,
    usdPerHour: 0.88,
    region: 'US-KS-2',
    spot: true,
    available: true,
    hostKey: null,
    usdPerGb: { up: 0, down: 0 },
    cuda: null,
    diskGb: null,
    notes: [],
  },
  limits: { hours: 8, budgetUsd: 5 },
};
const rented = { place: { provider: 'runpod', destination: null, identityFiles: [] }, rental };

test('values come from the defaults, then the file, then the user', () => {
  const values = valuesOf(withParameter(draft(), 'seed', 8));
  assert.deepEqual([values.target, values.seed, values.testSize], ['cultivar', 8, 0.2]);
});

test('a change that is taken back leaves what the file says', () => {
  const changed = withParameter(draft(), 'target', 'color');
  assert.equal(valuesOf(withoutParameter(changed, 'target')).target, 'cultivar');
});

test('what the file says counts only for its own recipe', () => {
  const other = withRecipe(withParameter(draft(), 'seed', 8), findRecipe('script'));
  assert.equal(valuesOf(other).target, undefined);
  assert.deepEqual(other.changed, {});
  assert.equal(toRequest(other, '/models').path, dataset);
});

test('choosing the same recipe again keeps what was changed', () => {
  const changed = withParameter(draft(), 'seed', 8);
  assert.equal(withRecipe(changed, findRecipe('sklearn')), changed);
});

test('the request names the file, the place and what was changed', () => {
  const place = { provider: 'ssh', destination: 'me@gpu1', identityFiles: ['/keys/id'] };
  const request = toRequest({ ...withParameter(draft(), 'seed', 8), place }, '/models');
  assert.deepEqual(request, {
    path: file.path,
    recipe: 'sklearn',
    parameters: { seed: 8 },
    providers: ['ssh:me@gpu1'],
    identityFiles: ['/keys/id'],
    defaultTo: '/models',
  });
});

test('a saved file says the same run again', () => {
  const path = resolve('/data/trainyard.yaml');
  const text = formatRunFile(toRunFile(withParameter(draft(), 'seed', 8), 'wine', path));
  const again = parseRunFile(text, path);
  assert.equal(again.dataset, dataset);
  assert.deepEqual(again.params, { target: 'cultivar', seed: 8 });
  assert.deepEqual(again.providers, ['local']);
});

test('a file inside the dataset calls it a dot', () => {
  assert.equal(toRunFile(draft(), 'wine', file.path).dataset, '.');
});

test('what is rented is asked for by its offer, and by its like in case that it is gone', () => {
  const { offerId, providers, gpu, vram, gpus, spot, hours, budget, keepMinutes } = toRequest(
    draft(rented),
    '/models',
  );
  assert.deepEqual(
    { offerId, providers, gpu, vram, gpus, spot, hours, budget, keepMinutes },
    {
      offerId: 'offer-1',
      providers: ['runpod'],
      gpu: ['RTX 4090'],
      vram: 24,
      gpus: 2,
      spot: true,
      hours: 8,
      budget: 5,
      keepMinutes: 120,
    },
  );
});

test('the dataset is looked at for whatever machine', () => {
  assert.deepEqual(toDatasetRequest(draft(rented), '/models'), toDatasetRequest(draft(), '/models'));
});

test('limits come from the defaults, then the file, then the user', () => {
  assert.deepEqual(limitsOf(draft()), { hours: 24, budgetUsd: null, keepMinutes: 120 });
  const limited = parseRunFile('dataset: .\nlimits: { hours: 3, budget: 2, keepMinutes: 0 }\n', file.path);
  assert.deepEqual(limitsOf(draft({ basis: limited })), { hours: 3, budgetUsd: 2, keepMinutes: 0 });
  const changed = { ...rental, limits: { hours: 1, budgetUsd: undefined } };
  assert.deepEqual(limitsOf(draft({ basis: limited, rental: changed })), {
    hours: 1,
    budgetUsd: 2,
    keepMinutes: 0,
  });
});

test('a saved file asks for a machine like the chosen one, within the same limits', () => {
  const path = resolve('/data/trainyard.yaml');
  const again = parseRunFile(formatRunFile(toRunFile(draft(rented), 'wine', path)), path);
  const { gpu, vram, gpus, spot, providers, hours, budget, keepMinutes } = again;
  assert.deepEqual(
    { gpu, vram, gpus, spot, providers, hours, budget, keepMinutes },
    {
      gpu: ['RTX 4090'],
      vram: 24,
      gpus: 2,
      spot: true,
      providers: ['runpod'],
      hours: 8,
      budget: 5,
      keepMinutes: 120,
    },
  );
});

test('a saved file keeps what it said before and no question asks for', () => {
  const path = resolve('/data/trainyard.yaml');
  const text = [
    'dataset: ./wine',
    'recipe: sklearn',
    'resources: { region: [EU], disk: 90 }',
    'limits: { price: 2, hours: 3, stallMinutes: 20 }',
    'results: { to: out/models, checkpoints: false }',
  ].join('\n');
  const basis = parseRunFile(text, path);
  const saved = (changes: Partial<RunDraft>) =>
    parseRunFile(formatRunFile(toRunFile(draft({ basis, ...changes }), 'wine', path)), path);
  const { regions, disk, maxPrice, hours, stallMinutes, to, checkpoints } = saved(rented);
  assert.deepEqual(
    { regions, disk, maxPrice, hours, stallMinutes, to, checkpoints },
    {
      regions: ['EU'],
      disk: 90,
      maxPrice: 2,
      hours: 8,
      stallMinutes: 20,
      to: resolve('/data/out/models'),
      checkpoints: false,
    },
  );
  const here = saved({});
  assert.deepEqual([here.hours, here.stallMinutes, here.maxPrice, here.to], [3, 20, undefined, basis.to]);
  assert.doesNotMatch(formatRunFile(toRunFile(draft(), 'wine', path)), /limits|results/);
});
