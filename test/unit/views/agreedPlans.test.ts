import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InputError } from '../../../src/errors.js';
import { AgreedPlans } from '../../../src/views/agent/agreedPlans.js';

const minute = 60_000;

test('what a user agreed to is done once, for the same input, and not when it is old', () => {
  const plans = new AgreedPlans<string>();
  plans.remember({ path: 'digits' }, 'the plan', 0);
  assert.throws(() => plans.take({ path: 'wine' }, 0), InputError);
  assert.equal(plans.take({ path: 'digits' }, 10 * minute), 'the plan');
  assert.throws(() => plans.take({ path: 'digits' }, 10 * minute), InputError);
  plans.remember({ path: 'digits' }, 'another', 0);
  assert.throws(() => plans.take({ path: 'digits' }, 11 * minute), InputError);
});
