import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { redact } from '../../../src/providers/redaction.js';

describe('redact', () => {
  it('takes out known secrets wherever they stand', () => {
    assert.equal(redact('key k-123 in k-123.', ['k-123']), 'key *** in ***.');
    assert.equal(redact('nothing known', ['']), 'nothing known');
  });

  it('takes out what a header of authorization carries', () => {
    assert.equal(redact('sent authorization: Bearer abc.def-9', []), 'sent authorization: Bearer ***');
    assert.equal(redact('Basic dXNlcjpwYXNz=', []), 'Basic ***');
  });

  for (const [what, value] of [
    ['a text', '"s3cret"'],
    ['a text with quotes', String.raw`"s3\"cret"`],
    ['a list', '["s3cret", "s3cret ] too"]'],
    ['a list of pairs', '[["A", "s3cret"], ["B", "s3cret"]]'],
    ['an object', '{"A": "s3cret", "B": {"C": "s3cret }"}}'],
  ] as const) {
    it(`takes out ${what} in fields that hold secrets, and leaves the JSON whole`, () => {
      for (const name of ['jupyter_token', 'api_key', 'apiKey', 'password', 'extra_env', 'env', 'onstart']) {
        const redacted = redact(`{"id": 7, "${name}": ${value}, "state": "on"}`, []);
        assert.deepEqual(JSON.parse(redacted), { id: 7, [name]: '***', state: 'on' }, redacted);
      }
    });
  }

  it('leaves what is no secret as it is', () => {
    const text = '{"detail": "no such environment", "tokens": 5, "monkey": "x"}';
    assert.equal(redact(text, []), text);
  });

  it('is quick with a long text that never ends', () => {
    const text = `{"env": [${'["A", "'.repeat(20_000)}`;
    const began = performance.now();
    redact(text, []);
    assert.ok(performance.now() - began < 2_000);
  });
});
