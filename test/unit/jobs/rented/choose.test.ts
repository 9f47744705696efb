import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { reduce, type Job, type NewEvent } from '../../../../src/jobs/job.js';
import { chooseOffer, isAgreed } from '../../../../src/jobs/rented/choose.js';
import { dated, intended, launched, offer, offerRef, rentedSpec } from '../builders.js';

const wish = rentedSpec().rent;
const planned = (first = offerRef()): NewEvent => ({
  type: 'planned',
  spec: rentedSpec({ rent: wish && { ...wish, first } }),
});
const jobAfter = (events: readonly NewEvent[]): Job => reduce(dated(events)) ?? assert.fail();
const nothingIsBad = (): boolean => false;
const refused: NewEvent = { type: 'launch.refused', label: 'l', why: 'taken' };
const taken = (job: Job, offers: readonly ReturnType<typeof offer>[]): string => {
  const choice = chooseOffer(job, offers, nothingIsBad);
  return choice.kind === 'none' ? 'none' : `${choice.kind} ${choice.offer.id}`;
};

const cheap = offer({ id: 'cheap', usdPerHour: 0.5 });
const first = offer();
const dear = offer({ id: 'dear', usdPerHour: 2.5 });

describe('chooseOffer', () => {
  it('takes the one that the user took, although there is a cheaper one', () => {
    assert.equal(taken(jobAfter([planned()]), [cheap, first, dear]), 'take offer-1');
  });

  it('takes the cheapest when that one is gone, refused, or not available', () => {
    assert.equal(taken(jobAfter([planned()]), [cheap, dear]), 'take cheap');
    assert.equal(taken(jobAfter([planned(), intended(), refused]), [cheap, first, dear]), 'take cheap');
    assert.equal(taken(jobAfter([planned()]), [cheap, { ...first, available: false }]), 'take cheap');
  });

  it('asks before it takes a dearer one than was agreed, and not once that is agreed', () => {
    assert.equal(taken(jobAfter([planned()]), [dear]), 'ask dear');
    assert.equal(taken(jobAfter([planned(), { type: 'agreed', usdPerHour: 2.5 }]), [dear]), 'take dear');
  });

  it('asks also when the one that the user took has become dearer', () => {
    assert.equal(taken(jobAfter([planned()]), [{ ...first, usdPerHour: 2.01 }]), 'ask offer-1');
  });

  it('takes none that was bad today', () => {
    const choice = chooseOffer(jobAfter([planned()]), [cheap, first], ({ id }) => id !== 'cheap');
    assert.ok(choice.kind === 'take' && choice.offer.id === 'cheap');
    assert.equal(chooseOffer(jobAfter([planned()]), [cheap], () => true).kind, 'none');
  });

  it('does not take another offer of a machine that was refused', () => {
    const job = jobAfter([
      planned(),
      intended(1, { hostKey: 'h7' }),
      launched('m1'),
      { type: 'instance.rejected', why: 'no GPU' },
    ]);
    assert.equal(taken(job, [offer({ id: 'other', hostKey: 'h7' })]), 'none');
    assert.equal(taken(job, [offer({ id: 'other', hostKey: 'h8' })]), 'take other');
  });

  it('takes again what was refused before the job was resumed', () => {
    const gaveUp: NewEvent = {
      type: 'gave-up',
      outcome: 'failed',
      reason: { code: 'nocapacity', message: 'No.', fix: null },
    };
    const before = [planned(), intended(), refused] as const;
    assert.equal(taken(jobAfter(before), [first]), 'none');
    const resumed = jobAfter([...before, gaveUp, { type: 'released' }, { type: 'resumed' }]);
    assert.equal(taken(resumed, [first]), 'take offer-1');
  });

  it('has nothing where there is nothing', () => {
    assert.equal(taken(jobAfter([planned()]), []), 'none');
  });
});

describe('isAgreed', () => {
  it('does not mind rounding, and nothing is agreed where nothing was said', () => {
    const job = jobAfter([planned()]);
    assert.ok(isAgreed({ usdPerHour: 2.0001 }, job));
    assert.ok(!isAgreed({ usdPerHour: 2.01 }, job));
    assert.ok(!isAgreed({ usdPerHour: 0.01 }, { ...job, agreedUsdPerHour: null }));
  });
});
