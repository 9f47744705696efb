import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { l10n, speak } from '../../src/l10n.js';
import { stateOf } from '../../src/views/jobWords.js';
import { jobAt } from './views/jobs.js';

describe('texts', () => {
  afterEach(() => speak({}));

  it('are English and complete without a translation', () => {
    assert.equal(l10n.t('{0} of {1}, {0}', 'a', 2), 'a of 2, a');
    assert.equal(l10n.t('{0} says {curly}'), '{0} says {curly}');
  });

  it('take no part of a value for a place of another', () => {
    assert.equal(l10n.t('{0} and {1}', '{1}', '$&'), '{1} and $&');
  });

  it('are said in the language that the door speaks, from then on', () => {
    speak({ 'training {0}': 'trainiert {0}' });
    assert.equal(stateOf({ job: jobAt('training.started'), fraction: 0.43 }), 'trainiert 43 %');
  });
});
