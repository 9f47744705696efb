import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AuthError, CloudUnavailableError, NoCapacityError } from '../../../../src/errors.js';
import type { OfferFailure } from '../../../../src/jobs/offers.js';
import { nearestOf, nothingFits } from '../../../../src/jobs/offers/nearest.js';
import { FakeProvider, need, offer } from './builders.js';

const never = new AbortController().signal;
const failureOf = (error: Error): OfferFailure => ({
  provider: 'vast',
  title: 'Vast.ai',
  error,
  message: error.message,
});

describe('nearestOf', () => {
  const t4 = offer({ id: 't4', gpu: 'T4', vramGb: 16, usdPerHour: 0.1 });
  const dear = offer({ id: 'dear', usdPerHour: 0.8 });
  const out = offer({ id: 'out', usdPerHour: 0.2, available: false });

  it('stays with the GPU that was asked for', () => {
    const nearest = nearestOf([t4, dear], need({ gpus: ['4090'], maxUsdPerHour: 0.3 }));
    assert.equal(nearest?.offer.id, 'dear');
    assert.deepEqual(nearest.why, ['it costs more than $0.30/h']);
  });

  it('takes what has the fewest faults, then the cheapest', () => {
    assert.equal(nearestOf([dear, t4], need({ gpus: ['H100'] }))?.offer.id, 't4');
    assert.equal(nearestOf([dear, t4], need({ vramGb: 24, maxUsdPerHour: 0.05 }))?.offer.id, 'dear');
  });

  it('names a machine with more GPUs when there is no other', () => {
    const four = offer({ count: 4, gpu: 'H100', vramGb: 80, usdPerHour: 9 });
    assert.deepEqual(nearestOf([four], need({ gpus: ['H100'] }))?.why, ['it has 4 GPUs, not 1']);
  });

  it('says what nobody has free', () => {
    assert.deepEqual(nearestOf([out], need({ vramGb: 24 }))?.why, ['nobody has one free now']);
  });
});

describe('nothingFits', () => {
  it('asks for anything, and names what comes nearest and why it will not do', async () => {
    const cloud = new FakeProvider({ answer: [offer()] });
    const error = await nothingFits([cloud], need({ vramGb: 80, regions: ['eu'] }), [], never);
    assert.ok(error instanceof NoCapacityError);
    assert.equal(
      error.message,
      'No machine fits now. The nearest is RTX 4090 (24 GB), in US-KS-2, $0.44/h of RunPod: it has 24 GB, not 80 GB, and it is in US-KS-2. Ask for less, or try again later.',
    );
    assert.deepEqual(
      cloud.asked.map(({ vramGb, regions }) => ({ vramGb, regions })),
      [{ vramGb: null, regions: [] }],
    );
  });

  it('says when there is nothing at all, and who could not be asked', async () => {
    const error = await nothingFits(
      [new FakeProvider({ answer: [] }), new FakeProvider({ id: 'vast', title: 'Vast.ai', answer: [] })],
      need(),
      [failureOf(new CloudUnavailableError('Vast.ai does not answer.'))],
      never,
    );
    assert.equal(
      error.message,
      'RunPod, Vast.ai has nothing to rent now. Try again later. Vast.ai does not answer.',
    );
  });

  it('is the failure itself when nobody could be asked, a refused key first', async () => {
    const clouds = [new FakeProvider({ answer: [] }), new FakeProvider({ answer: [] })];
    const refused = new AuthError('The key was refused.');
    const failures = [failureOf(new CloudUnavailableError('No answer.')), failureOf(refused)];
    assert.equal(await nothingFits(clouds, need(), failures, never), refused);
  });
});
