import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { reduce, type Job, type NewEvent } from '../../../../src/jobs/job.js';
import { isLeaked, verdictOn, type Known } from '../../../../src/jobs/sweep/verdict.js';
import type { RentedInstance, Resource } from '../../../../src/providers/cloud.js';
import { dated, deadline, intended, labelOf, launched, rentedInstance, rentedSpec } from '../builders.js';

const planned: NewEvent = { type: 'planned', spec: rentedSpec() };
const gaveUp: NewEvent = {
  type: 'gave-up',
  outcome: 'failed',
  reason: { code: 'x', message: 'No.', fix: null },
};
const rejected: NewEvent = { type: 'instance.rejected', why: 'no GPU' };
const jobAfter = (...events: readonly NewEvent[]): Job =>
  reduce(dated([planned, ...events])) ?? assert.fail();

const known = (jobs: readonly Job[], overrides: Partial<Known> = {}): Known => ({
  jobs,
  unreadable: [],
  mark: 'k3x9',
  now: deadline - 1000,
  graceSeconds: 300,
  ...overrides,
});
const late = { now: deadline + 301 };
const kindOf = (machine: Partial<RentedInstance>, about: Known): string =>
  verdictOn(rentedInstance(machine), about).kind;

describe('verdictOn', () => {
  const onM1 = jobAfter(intended(), launched('m1'));

  for (const name of [
    'somebody-elses',
    '',
    'trainyard',
    'trainyard-notes',
    `trainyard-runs-${deadline - 9_000_000}`,
  ])
    it(`leaves ${JSON.stringify(name)} alone, however late it is`, () =>
      assert.equal(kindOf({ name }, known([onM1], { now: deadline * 2 })), 'not-ours'));

  it('keeps the machine that a job is on, and the one it asks for', () => {
    assert.equal(kindOf({}, known([onM1])), 'keep');
    assert.equal(kindOf({}, known([jobAfter(intended())])), 'keep');
    assert.equal(kindOf({}, known([jobAfter(intended(), launched('m1'), gaveUp)])), 'keep');
  });

  it('keeps it until some minutes after its deadline, which an extension moves', () => {
    assert.equal(kindOf({}, known([onM1], { now: deadline + 299 })), 'keep');
    assert.equal(kindOf({}, known([onM1], late)), 'end');
    const extended = jobAfter(intended(), launched('m1'), { type: 'extended', hours: 1 });
    assert.equal(kindOf({}, known([extended], late)), 'keep');
  });

  it('ends what a job that has ended left, and what no job of this computer knows', () => {
    assert.equal(
      kindOf({}, known([jobAfter(intended(), launched('m1'), gaveUp, { type: 'released' })])),
      'end',
    );
    assert.equal(kindOf({}, known([])), 'end');
    assert.equal(kindOf({ name: labelOf(1, 'digits-abc234-xyz789') }, known([onM1])), 'end');
  });

  it('ends what a job has moved on from, known to its journal or not', () => {
    const moved = jobAfter(intended(1), launched('m1'), rejected, intended(2), launched('m2'));
    assert.equal(kindOf({ id: 'm1' }, known([moved])), 'end');
    assert.equal(kindOf({ id: 'late', name: labelOf(1) }, known([moved])), 'end');
    assert.equal(kindOf({ id: 'm2', name: labelOf(2) }, known([moved])), 'keep');
  });

  it('ends the second machine of one label', () => {
    assert.equal(kindOf({ id: 'double' }, known([onM1])), 'end');
  });

  it('keeps what a job that is seen too early may have asked for since', () => {
    assert.equal(kindOf({ id: 'm2', name: labelOf(2) }, known([onM1])), 'keep');
  });

  it('keeps machines of another computer, until nobody can want them any more', () => {
    const name = labelOf(1, 'digits-abc234', 'zzzz');
    assert.equal(kindOf({ name }, known([])), 'keep');
    assert.equal(kindOf({ name }, known([], late)), 'end');
  });

  it('keeps machines of a job whose journal cannot be read, until their deadline', () => {
    const unreadable = ['digits-abc234'];
    assert.equal(kindOf({}, known([], { unreadable })), 'keep');
    assert.equal(kindOf({}, known([], { unreadable, ...late })), 'end');
  });

  it('keeps what a person has locked', () => {
    assert.equal(kindOf({ locked: true }, known([], late)), 'keep');
  });

  it('knows a job by its label although the mark has changed', () => {
    assert.equal(kindOf({}, known([onM1], { mark: 'aaaa' })), 'keep');
  });
});

describe('isLeaked', () => {
  const key = (name: string): Resource => ({ provider: 'vast', kind: 'ssh-key', name, id: '7', details: {} });
  const going = jobAfter(intended(), launched('m1'));
  const ended = jobAfter(intended(), launched('m1'), gaveUp, { type: 'released' });
  const name = 'trainyard-k3x9-digits-abc234';

  it('is what outlives its job, or has none here', () => {
    assert.equal(isLeaked(key(name), known([going])), false);
    assert.equal(isLeaked(key(name), known([ended])), true);
    assert.equal(isLeaked(key(name), known([])), true);
  });

  it('goes by the label of a machine, too', () => {
    assert.equal(isLeaked(key(labelOf(1)), known([going])), false);
    assert.equal(isLeaked(key(labelOf(1)), known([ended])), true);
    assert.equal(isLeaked(key(`${name}-1a2b3c4d`), known([going])), false);
  });

  it('is nothing of others, nothing in a row of a job that goes on, and nothing of a journal nobody can read', () => {
    assert.equal(isLeaked(key('trainyard-zzzz-digits-abc234'), known([])), false);
    assert.equal(isLeaked(key('my-laptop'), known([ended])), false);
    const withRow = jobAfter(intended(), { type: 'resource.made', resource: key('odd') }, launched('m1'));
    assert.equal(isLeaked(key('odd'), known([withRow])), false);
    assert.equal(isLeaked(key(name), known([], { unreadable: ['digits-abc234'] })), false);
  });

  it('is not what may belong to a job that goes on, when names begin alike', () => {
    const longer = { ...going, spec: rentedSpec({ id: 'digits-abc234-xyz789' }) };
    assert.equal(isLeaked(key(`${name}-xyz789`), known([ended, longer])), false);
  });
});
