import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Headers } from 'node-fetch';
import {
  AccountError,
  AuthError,
  CloudUnavailableError,
  DoubtfulError,
  InputError,
  NoCapacityError,
} from '../../../../src/errors.js';
import { HttpFailure, NoAnswerError } from '../../../../src/providers/http.js';
import { isMissing, toCloudError, toLaunchError } from '../../../../src/providers/lambda/errors.js';

const label = 'trainyard-k3x9-digits-1-1795340520';

function failure(status: number, code: string, message = 'What Lambda says.'): HttpFailure {
  const body = JSON.stringify({ error: { code, message, suggestion: 'Do this.' } });
  return new HttpFailure('Lambda: POST /x', status, body, new Headers(), []);
}

for (const [status, code, kind] of [
  [400, 'instance-operations/launch/insufficient-capacity', NoCapacityError],
  [404, 'global/object-does-not-exist', NoCapacityError],
  [400, 'global/quota-exceeded', AccountError],
  [403, 'global/account-inactive', AccountError],
  [403, 'global/invalid-address', AccountError],
  [401, 'global/invalid-api-key', AuthError],
  [400, 'global/invalid-parameters', InputError],
  [400, 'a/code-of-tomorrow', InputError],
  [409, 'global/conflict', DoubtfulError],
  [408, '', DoubtfulError],
  [429, '', DoubtfulError],
  [500, 'global/internal-error', DoubtfulError],
  [502, '', DoubtfulError],
  [503, 'provider/internal-unavailable', DoubtfulError],
] as const) {
  test(`a launch that is answered with ${status} ${code} is a ${kind.name}`, () => {
    assert.ok(toLaunchError(failure(status, code), label) instanceof kind);
  });
}

test('a launch without an answer, or with one that cannot be read, is in doubt and names the machine', () => {
  for (const error of [
    new NoAnswerError('Lambda did not answer'),
    new CloudUnavailableError('Unreadable.'),
  ]) {
    const doubt = toLaunchError(error, label);
    assert.ok(doubt instanceof DoubtfulError);
    assert.ok(doubt.message.includes(label));
  }
});

test('a launch that was abandoned stays abandoned', () => {
  const reason = AbortSignal.abort().reason as Error;
  assert.equal(toLaunchError(reason, label), reason);
});

test('the words of Lambda are quoted with its advice', () => {
  const error = toLaunchError(failure(400, 'global/quota-exceeded', 'Quota exceeded.'), label);
  assert.match(String(error), /"Quota exceeded\. Do this"/);
});

test('a refusal that is no JSON is quoted as it is, in one line', () => {
  const html = new HttpFailure('Lambda: GET /x', 403, 'Access\n denied', new Headers(), []);
  assert.match(String(toCloudError(html)), /: "Access denied"/);
});

test('only a missing machine is missing; an unknown path is not', () => {
  assert.ok(isMissing(failure(404, 'global/object-does-not-exist')));
  assert.ok(isMissing(failure(400, 'global/object-does-not-exist')));
  assert.ok(!isMissing(failure(404, 'global/not-found')));
  assert.ok(!isMissing(new HttpFailure('Lambda: GET /x', 404, '<html>', new Headers(), [])));
});
