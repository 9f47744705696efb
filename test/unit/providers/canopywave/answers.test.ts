import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import {
  balanceAnswer,
  ignoredAnswer,
  instancesAnswer,
  instanceTypesAnswer,
  ipsAnswer,
  launchAnswer,
  serverAnswer,
} from '../../../../src/providers/canopywave/answers.js';

const row = { id: '9bc56d2b', region: 'KEF-2', name: 'x', status: 'active', flavor: 'y', launchedAt: null };

test('an answer is read with and without its envelope', () => {
  assert.deepEqual(v.parse(launchAnswer, { data: { id: 'a' } }), { id: 'a' });
  assert.deepEqual(v.parse(launchAnswer, { id: 'a' }), { id: 'a' });
  assert.deepEqual(v.parse(instancesAnswer, [row]), [row]);
  assert.deepEqual(v.parse(balanceAnswer, { data: { balance: 12.5 } }), { balance: 12.5 });
  assert.deepEqual(v.parse(balanceAnswer, { data: 12.5 }), { balance: 12.5 });
});

test('what comes with an error is no answer', () => {
  assert.ok(!v.is(instancesAnswer, { data: [row], error: 'KEF-3: timed out' }));
  assert.ok(!v.is(launchAnswer, { data: { id: 'a' }, error: 'something' }));
});

test('a list is whole or none', () => {
  for (const wrong of [
    null,
    {},
    { data: null },
    { data: [{ ...row, id: '' }] },
    { data: [{ ...row, region: null }] },
  ])
    assert.ok(!v.is(instancesAnswer, wrong), JSON.stringify(wrong));
  assert.ok(
    !v.is(ipsAnswer, { data: [{ id: 'a', ip: '1.2.3.4', server: { name: 'x' } }] }),
    'it may not be free',
  );
});

test('what only people need may be missing or new', () => {
  const bare = { id: 'a', region: 'KEF-2', role: 'worker', novelty: {} };
  assert.deepEqual(v.parse(instancesAnswer, { data: [bare] }), [
    { id: 'a', region: 'KEF-2', name: '', status: '', flavor: '', launchedAt: null },
  ]);
  const [type] = v.parse(instanceTypesAnswer, { data: [{ flavor: 'f', name: 'n', price: '900' }] });
  assert.deepEqual(type, { flavor: 'f', name: 'n', images: [], price: null, priceHour: null });
  const server = v.parse(serverAnswer, { data: { id: 'a', addresses: 'none', adminPass: 'geheim' } });
  assert.deepEqual([server.status, server.addresses], ['', {}]);
});

test('secrets of an answer are dropped', () => {
  const server = v.parse(serverAnswer, { data: { id: 'a', adminPass: 'geheim' } });
  assert.ok(!JSON.stringify(server).includes('geheim'));
  assert.equal(v.parse(ignoredAnswer, { data: { privateKey: 'geheim' } }), null);
});
