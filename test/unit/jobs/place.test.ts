import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { addressOf, formatPlace, parsePlace, parseWhere } from '../../../src/jobs/place.js';
import { FakeProvider } from './offers/builders.js';

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

  it('says what is a machine of their own when something is not', () => {
    assert.throws(
      () => parsePlace('mars', [], []),
      /"mars" is no machine of your own\. Use local, or ssh:HOST/,
    );
  });

  it('reads back what formatPlace writes', () => {
    for (const text of ['local', 'ssh:gpu1', 'ssh://me@gpu2:2222']) {
      assert.equal(formatPlace(parsePlace(text, known, [])), text);
    }
  });
});

describe('parseWhere', () => {
  const runpod = new FakeProvider({ answer: [] });
  const vast = new FakeProvider({ id: 'vast', answer: [] });
  const places = { clouds: [runpod, vast], knownHosts: known, identityFiles: [] };

  it('tells own machines, in their order, from clouds', () => {
    const { own, clouds } = parseWhere(['ssh:gpu1', 'vast', 'local', 'vast'], places);
    assert.deepEqual(own.map(formatPlace), ['ssh:gpu1', 'local']);
    assert.deepEqual(own[0]?.identityFiles, ['/keys/one']);
    assert.deepEqual(clouds, [vast]);
  });

  it('suggests the nearest for a wrong name, else says what there is', () => {
    assert.throws(() => parseWhere(['runpood'], places), /no provider "runpood"; did you mean 'runpod'\?/);
    assert.throws(
      () => parseWhere(['mars'], places),
      /no provider "mars"; choose one of local, ssh:HOST, runpod, vast\./,
    );
  });
});

describe('addressOf', () => {
  it('knows where own machines are, and that rented ones are nowhere for good', () => {
    const nothing = { destination: null, identityFiles: [] };
    assert.deepEqual(addressOf({ provider: 'local', ...nothing }), { kind: 'local' });
    assert.deepEqual(addressOf(parsePlace('ssh:gpu1', known, [])), {
      kind: 'ssh',
      destination: 'gpu1',
      identityFiles: ['/keys/one'],
    });
    assert.throws(() => addressOf({ provider: 'runpod', ...nothing }), /runpod rents its machines/);
  });
});
