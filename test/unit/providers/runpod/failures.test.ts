import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Headers } from 'node-fetch';
import {
  AccountError,
  AuthError,
  CloudUnavailableError,
  DoubtfulError,
  InputError,
  NoCapacityError,
  NotFoundError,
} from '../../../../src/errors.js';
import { HttpFailure, NoAnswerError } from '../../../../src/providers/http.js';
import { createRefusal, podRefusal, refusal } from '../../../../src/providers/runpod/failures.js';

describe('createRefusal', () => {
  it('takes every known way of saying that nothing is free for no capacity', () => {
    for (const words of [
      'There are no longer any instances available with the requested specifications. Please refresh and try again.',
      'This machine does not have the resources to deploy your pod',
      'ResourcesUnavailable',
      'Insufficient capacity in this region',
    ])
      assert.ok(of(400, words) instanceof NoCapacityError, words);
  });

  it('says what RunPod says of a pod that is not as it should be', () => {
    const failed = of(422, 'Request validation failed.', ["$: additional properties 'bogus' not allowed"]);
    assert.ok(failed instanceof InputError);
    assert.equal(
      failed.message,
      'RunPod does not accept the order of this pod: ' +
        "Request validation failed: $: additional properties 'bogus' not allowed.",
    );
    assert.ok(of(400, 'mounts are mutually exclusive') instanceof InputError);
  });

  it('tells apart key, credit and an offer that the account may not have', () => {
    assert.ok(of(401, 'missing bearer token') instanceof AuthError);
    assert.ok(of(402, 'insufficient balance') instanceof AccountError);
    assert.ok(of(403, 'access denied') instanceof NoCapacityError);
  });

  it('is in doubt whenever a pod may have been made', () => {
    const noAnswer = new NoAnswerError('RunPod did not answer POST /v2/pods (no answer within 30 s)');
    for (const error of [failure(500, 'no longer any instances available'), failure(504, ''), noAnswer])
      assert.ok(createRefusal(error, 'trainyard-1') instanceof DoubtfulError);
    assert.ok(createRefusal(new CloudUnavailableError('It cannot be read.'), 'a') instanceof DoubtfulError);
  });

  it('is not in doubt when it was one too many', () => {
    assert.ok(of(429, 'rate limit exceeded') instanceof CloudUnavailableError);
  });
});

describe('refusal', () => {
  it('knows an answer that is in no form at all', () => {
    const failed = refusal(new HttpFailure('RunPod: GET /v2/pods', 401, '{"error":{}}', new Headers(), []));
    assert.ok(failed instanceof AuthError);
    assert.ok(refusal(failure(410, '')) instanceof CloudUnavailableError);
  });

  it('keeps the key out of what it says', () => {
    const body = JSON.stringify({ title: 'Bad Request', detail: 'the key rpa_secret is odd' });
    const failed = refusal(new HttpFailure('RunPod: GET /v2/pods', 400, body, new Headers(), ['rpa_secret']));
    assert.match(String(failed), /the key \*\*\* is odd/);
  });

  it('is that there is no such pod, whatever the status', () => {
    assert.ok(podRefusal(failure(404, 'pod not found')) instanceof NotFoundError);
    assert.ok(podRefusal(failure(400, 'pod not found to terminate')) instanceof NotFoundError);
    assert.ok(podRefusal(failure(403, 'access denied')) instanceof AuthError);
  });
});

function of(status: number, detail: string, errors?: readonly string[]): unknown {
  return createRefusal(failure(status, detail, errors), 'trainyard-1');
}

function failure(status: number, detail: string, errors?: readonly string[]): HttpFailure {
  const body = JSON.stringify({ title: 'Refused', status, detail, errors });
  return new HttpFailure('RunPod: POST /v2/pods', status, body, new Headers(), []);
}
