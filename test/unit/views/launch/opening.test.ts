import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { InputError } from '../../../../src/errors.js';
import { requestAgain } from '../../../../src/jobs/again.js';
import type { JobSpec } from '../../../../src/jobs/job.js';
import { openAgain, type Opening } from '../../../../src/views/launch/opening.js';
import { toRequest, valuesOf, withParameter, wishOf } from '../../../../src/views/launch/runDraft.js';
import { tempDir } from '../../../support/tempDir.js';
import { rentedSpec, spec } from '../../jobs/builders.js';

async function dataset(t: TestContext): Promise<string> {
  const folder = join(await tempDir(t), 'digits');
  await mkdir(folder);
  await writeFile(join(folder, 'train.py'), 'print()\n');
  return folder;
}

function open(job: JobSpec): Promise<Opening> {
  const engine = {
    again: (_id: string, changes: Readonly<Record<string, unknown>>) =>
      Promise.resolve(requestAgain(job, changes)),
  };
  return openAgain(job, engine, AbortSignal.timeout(60_000));
}

test('a job that runs again with changes keeps all that is not changed', async (t) => {
  const place = { provider: 'ssh', destination: 'me@gpu1', identityFiles: ['/keys/id'] };
  const job = spec({ dataset: await dataset(t), place, parameters: { epochs: 3, rate: 0.5 } });
  const { first, draft } = await open(job);
  assert.equal(first, 'parameters');
  const request = toRequest(withParameter(draft, 'rate', 0.25), '/elsewhere');
  assert.deepEqual(request.parameters, { epochs: 3, rate: 0.25 });
  const { path, name, recipe, providers, identityFiles, hours, to, checkpoints } = request;
  assert.deepEqual(
    { path, name, recipe, providers, identityFiles, hours, to, checkpoints },
    {
      path: job.dataset,
      name: job.name,
      recipe: job.recipe,
      providers: ['ssh:me@gpu1'],
      identityFiles: ['/keys/id'],
      hours: job.limits.hours ?? undefined,
      to: job.results.to,
      checkpoints: true,
    },
  );
  assert.equal(valuesOf(draft).rate, 0.5);
});

test('of a rented job its like is to be chosen, at the clouds and with the limits it had', async (t) => {
  const job = rentedSpec({ dataset: await dataset(t) });
  const { draft } = await open(job);
  assert.equal(draft.rental, null);
  assert.equal(draft.place.provider, job.place.provider);
  assert.deepEqual(wishOf(draft).gpu, job.rent?.need.gpus);
  const request = toRequest(draft, '/elsewhere');
  assert.equal(request.budget, job.limits.budgetUsd ?? undefined);
  assert.equal(request.keepMinutes, job.limits.keepMinutes);
});

test('a job whose dataset is gone says so', async () => {
  await assert.rejects(open(spec({ dataset: '/gone/digits' })), InputError);
});
