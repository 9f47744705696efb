import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AccountError,
  AuthError,
  CloudUnavailableError,
  InputError,
  NoCapacityError,
  type UserError,
} from '../../../../src/errors.js';
import { Refusal } from '../../../../src/providers/vast/refusal.js';

const key = 'd15a0000deadbeef';

function refusal(status: number, body: unknown): Refusal {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return new Refusal(status, { json: typeof body === 'string' ? undefined : body, text }, [key]);
}

const cases: readonly [number, unknown, new (message: string) => UserError][] = [
  [401, { success: false, error: 'auth_error', msg: 'Invalid user key' }, AuthError],
  [404, { success: false, error: 'not_found', msg: 'Invalid user key' }, AuthError],
  [403, { success: false, error: 'forbidden', msg: 'You may not.' }, AuthError],
  [
    404,
    { error: 'invalid_args', msg: 'error 404/3603: no_such_ask Instance type by id 1 is not available.' },
    NoCapacityError,
  ],
  [
    410,
    { error: 'no_such_ask', msg: 'error 410/3907: no_such_ask Instance type 1 is no longer available.' },
    NoCapacityError,
  ],
  [200, { success: false, error: 'no_such_ask' }, NoCapacityError],
  [400, { error: 'invalid_price', msg: 'error 400: too low' }, NoCapacityError],
  [403, { error: 'invalid_args', msg: 'error 403/3586: Offer 1 is not your own.' }, NoCapacityError],
  [400, { error: 'invalid_args', msg: 'error 400/3467: Invalid args: disk' }, InputError],
  [400, { error: 'missing_billing', msg: 'Add a card' }, AccountError],
  [
    400,
    { error: 'insufficient_credit', msg: 'Your account lacks credit; see the billing page.' },
    AccountError,
  ],
  [400, { error: 'no_ssh_key_for_vm', msg: 'No key' }, AccountError],
  [429, 'API requests too frequent', CloudUnavailableError],
  [200, { success: false, error: 'rate_limit_exceeded' }, CloudUnavailableError],
  [500, '<html>', CloudUnavailableError],
  [502, { message: 'Bad gateway' }, CloudUnavailableError],
];

for (const [status, body, kind] of cases)
  test(`${status} ${JSON.stringify(body)} is ${kind.name}`, () => {
    const error = refusal(status, body).toUserError();
    assert.ok(error instanceof kind, error.name);
    assert.match(error.message, /^[A-Z].*\.$/);
  });

test('words come from wherever they stand, without secrets', () => {
  assert.equal(refusal(400, { message: 'one' }).words, 'one');
  assert.equal(refusal(400, { detail: 'two' }).words, 'two');
  assert.equal(refusal(400, { error: 'three' }).words, 'three');
  assert.equal(refusal(502, 'four').words, 'four');
  const told = refusal(400, { msg: `the key ${key} is bad` });
  assert.equal(told.words, 'the key *** is bad');
  assert.doesNotMatch(`${told.message}${told.stack ?? ''}${told.toUserError().message}`, new RegExp(key));
});

test('a refusal says which machine it made all the same', () => {
  assert.equal(refusal(400, { error: 'invalid_price', new_contract: 27_712_345 }).contractId, '27712345');
  assert.equal(refusal(400, { error: 'invalid_price', new_contract: '27712345' }).contractId, '27712345');
  assert.equal(refusal(400, { error: 'invalid_price', new_contract: null }).contractId, null);
  assert.equal(refusal(400, 'new_contract').contractId, null);
});

test('missing is what is gone, never what a bad key cannot see', () => {
  assert.ok(refusal(404, 'not found').isOfMissing);
  assert.ok(refusal(400, { error: 'no_such_instance' }).isOfMissing);
  assert.ok(refusal(400, { error: 'no_ssh_key' }).isOfMissing);
  assert.ok(!refusal(404, { msg: 'Invalid user key' }).isOfMissing);
  assert.ok(!refusal(400, { error: 'no_ssh_key_for_vm' }).isOfMissing);
  assert.ok(!refusal(500, { error: 'internal_error' }).isOfMissing);
});
