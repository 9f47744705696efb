import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatPlace, parsePlace } from '../../../src/jobs/place.js';

const known = [{ destination: 'gpu1', identityFiles: ['/keys/one'] }];

describe('parsePlace', () => {
  it('understands every way people write a place', () => {
    assert.deepEqual(parsePlace('local', [], []), {
      provider: 'local',
      destination: null,
      identityFiles: [],
    });
    for (const [text, destination] of [
      ['ssh:gpu2', 'gpu2'],
      ['ssh:me@gpu2:2222', 'me@gpu2:2222'],
      ['ssh://me@gpu2:2222', 'ssh://me@gpu2:2222'],
      ['me@gpu2', 'me@gpu2'],
    ] as const) {
      assert.deepEqual(parsePlace(text, [], ['/k']), { provider: 'ssh', destination, identityFiles: ['/k'] });
    }
  });

  it('takes the only known host, with its keys, for a plain ssh', () => {
    const place = { provider: 'ssh', destination: 'gpu1', identityFiles: ['/keys/one'] };
    assert.deepEqual(parsePlace('ssh', known, []), place);
    assert.deepEqual(parsePlace('ssh:gpu1', known, []), place);
  });

  it('asks which host when there are several or none', () => {
    const two = [...known, { destination: 'gpu2', identityFiles: [] }];
    assert.throws(() => parsePlace('ssh', two, []), /one of: ssh:gpu1, ssh:gpu2/);
    assert.throws(() => parsePlace('ssh', [], []), /for example ssh:user@host/);
  });

  it('says what there is when the provider is unknown', () => {
    assert.throws(() => parsePlace('mars', [], []), /There is no provider "mars". Use local, or ssh:HOST/);
  });

  it('reads back what formatPlace writes', () => {
    for (const text of ['local', 'ssh:gpu1', 'ssh://me@gpu2:2222']) {
      assert.equal(formatPlace(parsePlace(text, known, [])), text);
    }
  });
});
