import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { openRentals, type NewEvent } from '../../../../src/jobs/job.js';
import { Journal } from '../../../../src/jobs/journal.js';
import { declareGone, type Declaring } from '../../../../src/jobs/sweep/declareGone.js';
import { tempDir } from '../../../support/tempDir.js';
import { intended, labelOf, launched, rentedSpec } from '../builders.js';
import { FakeCloud, never } from '../rented/fakeCloud.js';

describe('declareGone', () => {
  const made: NewEvent = {
    type: 'resource.made',
    resource: { provider: 'vast', kind: 'ssh-key', name: 'trainyard-k3x9', id: '7', details: {} },
  };
  const setUp = async (t: TestContext, cloud = new FakeCloud()): Promise<Declaring> => {
    const path = join(await tempDir(t), 'job.jsonl');
    const journal = await Journal.create(path, { type: 'planned', spec: rentedSpec() });
    for (const event of [intended(1, {}, 'ffffffff'), made, launched('m1')]) await journal.append(event);
    return { jobs: [journal.job], clouds: [cloud.provider()], journal: () => Journal.open(path) };
  };

  it('takes the user’s word where no list can say it', async (t) => {
    const job = await declareGone('m1', await setUp(t), never);
    assert.deepEqual(openRentals(job), []);
    assert.deepEqual(job.resources, []);
  });

  it('does not take it while the machine is listed', async (t) => {
    const cloud = new FakeCloud();
    cloud.make('m1', labelOf(1));
    await assert.rejects(declareGone('m1', await setUp(t, cloud), never), /Vast\.ai still lists m1/);
  });

  it('needs a machine that some job waits for', async (t) => {
    await assert.rejects(declareGone('m2', await setUp(t), never), /No job has a machine m2/);
  });
});
