import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FaultPoint, Faults } from '../../clouds/base/faults.js';

const points = ['create', 'list', 'terminate', 'machine'] as const;

function ask(faults: Faults, point: FaultPoint, times: number): unknown[] {
  return Array.from({ length: times }, () => faults.at(point));
}

test('nothing goes wrong unless it was ordered or there are dice', () => {
  const faults = new Faults();
  assert.deepEqual(ask(faults, 'create', 3), [undefined, undefined, undefined]);
});

test('an ordered fault happens at its point, as often as ordered, after the ones ordered before', () => {
  const faults = new Faults();
  faults.next('create', { kind: 'lost-reply' });
  faults.next('create', { kind: '500', done: true, times: 2 });
  assert.equal(faults.at('list'), undefined);
  assert.deepEqual(ask(faults, 'create', 4), [
    { kind: 'lost-reply' },
    { kind: '500', done: true },
    { kind: '500', done: true },
    undefined,
  ]);
});

test('an order is taken back', () => {
  const faults = new Faults();
  faults.next('list', { kind: 'partial', times: Infinity });
  assert.deepEqual(faults.at('list'), { kind: 'partial' });
  faults.clear('list');
  assert.equal(faults.at('list'), undefined);
});

test('a seed decides the same at every point, however the questions are mixed', () => {
  const chaos = { seed: 42, probability: 0.5 };
  const inTurn = new Faults(chaos);
  const oneByOne = new Faults(chaos);
  const mixed = Array.from({ length: 40 }, () => points.map((point) => inTurn.at(point)));
  const sorted = points.map((point) => ask(oneByOne, point, 40));
  points.forEach((_, index) =>
    assert.deepEqual(
      mixed.map((row) => row[index]),
      sorted[index],
    ),
  );
});

test('other seeds decide otherwise, about as often as the probability says', () => {
  const runs = [1, 2, 3].map((seed) => ask(new Faults({ seed, probability: 0.25 }), 'create', 400));
  for (const run of runs) {
    const happened = run.filter((fault) => fault !== undefined).length;
    assert.ok(happened > 60 && happened < 140, `${happened} of 400`);
  }
  assert.notDeepEqual(runs[0], runs[1]);
});

test('dice fall only on what can happen at a point, and on the kinds that are wanted', () => {
  const faults = new Faults({ seed: 7, probability: 1, kinds: ['429', 'partial', 'no-sshd'] });
  const kindsAt = (point: FaultPoint): unknown =>
    [...new Set(Array.from({ length: 60 }, () => faults.at(point)?.kind))].sort();
  assert.deepEqual(kindsAt('list'), ['429', 'partial']);
  assert.deepEqual(kindsAt('create'), ['429']);
  assert.deepEqual(kindsAt('machine'), ['no-sshd']);
});

test('every decision is written down', () => {
  const faults = new Faults();
  faults.next('create', { kind: 'ghost' });
  faults.at('create');
  faults.at('list');
  faults.at('create');
  assert.deepEqual(faults.decisions, [
    { point: 'create', nth: 0, fault: { kind: 'ghost' } },
    { point: 'list', nth: 0, fault: undefined },
    { point: 'create', nth: 1, fault: undefined },
  ]);
});
