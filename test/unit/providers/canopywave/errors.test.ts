import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Headers } from 'node-fetch';
import {
  AccountError,
  AuthError,
  CloudUnavailableError,
  DoubtfulError,
  InputError,
  NoCapacityError,
} from '../../../../src/errors.js';
import { toCloudError, toLaunchError } from '../../../../src/providers/canopywave/errors.js';
import { HttpFailure, NoAnswerError } from '../../../../src/providers/http.js';

const label = 'trainyard-3f9c1a7e-1795340520';

function failure(status: number, body: unknown): HttpFailure {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return new HttpFailure('CanopyWave: POST /x', status, text, new Headers(), ['the-key']);
}

describe('a launch that was answered with', () => {
  const cases: readonly (readonly [status: number, body: unknown, kind: new (message: string) => Error])[] = [
    [401, { error: 'Unauthorized' }, AuthError],
    [402, { error: 'Up-front charge required' }, AccountError],
    [400, { error: 'There is no default payment method' }, AccountError],
    [403, { error: 'Quota exceeded for cores' }, AccountError],
    [403, { error: 'Forbidden' }, AccountError],
    [400, { detail: 'Project network not found' }, AccountError],
    [400, { message: 'No valid host was found.' }, NoCapacityError],
    [409, { msg: 'Flavor is out of stock' }, NoCapacityError],
    [404, { error: 'Flavor not found' }, NoCapacityError],
    [409, { error: 'Conflict' }, DoubtfulError],
    [400, { error: 'Instance name is already in use' }, DoubtfulError],
    [429, 'Too many requests', DoubtfulError],
    [408, '', DoubtfulError],
    [500, { error: 'Internal Server Error' }, DoubtfulError],
    [504, '<html>Gateway Time-out</html>', DoubtfulError],
    [302, '', DoubtfulError],
    [422, { error: { message: 'name is too long' } }, InputError],
  ];
  for (const [status, body, kind] of cases)
    test(`${status} ${JSON.stringify(body)} is a ${kind.name}`, () => {
      const error = toLaunchError(failure(status, body), label);
      assert.ok(error instanceof kind, String(error));
    });

  test('nothing at all, or with what cannot be read, is in doubt', () => {
    for (const error of [new NoAnswerError('no answer'), new CloudUnavailableError('not readable')])
      assert.ok(toLaunchError(error, label) instanceof DoubtfulError);
  });

  test('an abort stays one', () => {
    const abort = new DOMException('over', 'AbortError');
    assert.equal(toLaunchError(abort, label), abort);
  });
});

describe('a call that was answered with', () => {
  const cases: readonly (readonly [status: number, body: unknown, kind: new (message: string) => Error])[] = [
    [401, { error: 'Unauthorized' }, AuthError],
    [403, { error: 'Forbidden' }, AuthError],
    [403, { error: "Quota exceeded for resources: ['floatingip']." }, AccountError],
    [402, '', AccountError],
    [404, { error: 'Not Found' }, CloudUnavailableError],
    [500, '', CloudUnavailableError],
  ];
  for (const [status, body, kind] of cases)
    test(`${status} ${JSON.stringify(body)} is a ${kind.name}`, () => {
      const error = toCloudError(failure(status, body));
      assert.ok(error instanceof kind, String(error));
    });

  test('something that has a type already keeps it', () => {
    const error = new InputError('no such project');
    assert.equal(toCloudError(error), error);
    assert.ok(toCloudError(new NoAnswerError('no answer')) instanceof CloudUnavailableError);
  });
});

test('what CanopyWave says is quoted in one sentence, without secrets', () => {
  const error = toCloudError(failure(402, { error: 'Pay first,\n owner of the-key!' }));
  assert.match(String(error), /wants a payment first: "Pay first, owner of \*\*\*"\. It may charge/);
});
