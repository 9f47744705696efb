import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requestAgain } from '../../../src/jobs/again.js';
import { spec } from './builders.js';

test('a job that runs again asks for all that it asked for before', () => {
  const place = { provider: 'ssh', destination: 'me@gpu1', identityFiles: ['/keys/id'] };
  const limits = { hours: 3, stallMinutes: 20, graceSeconds: 30, budgetUsd: null, keepMinutes: 120 };
  assert.deepEqual(requestAgain(spec({ place, limits }), {}), {
    path: '/data/digits',
    name: 'digits',
    recipe: 'script',
    parameters: { epochs: 3 },
    providers: ['ssh:me@gpu1'],
    identityFiles: ['/keys/id'],
    hours: 3,
    budget: undefined,
    stallMinutes: 20,
    keepMinutes: 120,
    to: '/data/models',
    checkpoints: true,
    defaultTo: '/data/models',
  });
});

test('a job on a rented machine asks for its like, from where it was rented', () => {
  const wanted = {
    gpus: ['L4'],
    vramGb: null,
    count: 2,
    maxUsdPerHour: 1,
    spot: false,
    regions: [],
    diskGb: 40,
  };
  const rent = { providers: [], need: wanted, first: null, agreedUsdPerHour: 0.5 };
  const place = { provider: 'vast', destination: null, identityFiles: [] };
  const limits = { hours: 3, budgetUsd: 2, keepMinutes: 60, stallMinutes: null, graceSeconds: 30 };
  const request = requestAgain(spec({ place, rent, limits }), {});
  const { providers, gpu, vram, gpus, maxPrice, spot, disk, budget } = request;
  assert.deepEqual(
    { providers, gpu, vram, gpus, maxPrice, spot, disk, budget },
    {
      providers: ['vast'],
      gpu: ['L4'],
      vram: undefined,
      gpus: 2,
      maxPrice: 1,
      spot: false,
      disk: 40,
      budget: 2,
    },
  );
  const named = requestAgain(spec({ place, rent: { ...rent, providers: ['vast', 'runpod'] }, limits }), {});
  assert.deepEqual(named.providers, ['vast', 'runpod']);
});

test('what is typed takes the kind of what was there', () => {
  const parameters = { epochs: 3, amp: false, note: 'one' };
  const typed = { epochs: '5', amp: 'yes', note: '7', more: '1' };
  assert.deepEqual(requestAgain(spec({ parameters }), typed).parameters, {
    epochs: 5,
    amp: true,
    note: '7',
    more: '1',
  });
});
