import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InputError } from '../../../src/errors.js';
import { parseParameters, readSetOption } from '../../../src/recipes/parameters.js';
import type { Parameter, Recipe } from '../../../src/recipes/recipe.js';
import { sklearn } from '../../../src/recipes/sklearn.js';

const parameters: readonly Parameter[] = [
  { name: 'epochs', type: 'integer', minimum: 1, maximum: 10_000, default: 10, help: '' },
  { name: 'rate', type: 'number', minimum: 0, default: 0.1, help: '' },
  { name: 'model', type: 'choice', choices: ['small', 'large'], default: 'small', help: '' },
  { name: 'augment', type: 'boolean', default: false, help: '' },
  { name: 'note', type: 'string', help: '' },
];
const recipe: Recipe = { ...sklearn, id: 'flowers', parameters };
const open: Recipe = { ...recipe, freeParameters: true };

function refusal(given: Record<string, unknown>, of = recipe): string {
  try {
    parseParameters(of, given);
  } catch (error) {
    assert.ok(error instanceof InputError);
    return error.message;
  }
  assert.fail('it was accepted');
}

test('what is not given has its default, or is absent without one', () => {
  assert.deepEqual(parseParameters(recipe, {}), { epochs: 10, rate: 0.1, model: 'small', augment: false });
});

test('text from the command line becomes the right type', () => {
  const given = { epochs: '25', rate: '1e-3', model: 'large', augment: 'yes', note: 'x=1' };
  const expected = { epochs: 25, rate: 0.001, model: 'large', augment: true, note: 'x=1' };
  assert.deepEqual(parseParameters(recipe, given), expected);
});

test('values from a file keep their type', () => {
  const given = { epochs: 3, augment: true, note: 7 };
  assert.deepEqual(parseParameters(recipe, given), {
    epochs: 3,
    rate: 0.1,
    model: 'small',
    augment: true,
    note: '7',
  });
});

test('a value of the wrong type or out of range says what it must be', () => {
  assert.equal(refusal({ epochs: 'many' }), "epochs must be a whole number from 1 to 10000; got 'many'.");
  assert.equal(refusal({ epochs: 2.5 }), 'epochs must be a whole number from 1 to 10000; got 2.5.');
  assert.equal(refusal({ epochs: 0 }), 'epochs must be a whole number from 1 to 10000; got 0.');
  assert.equal(refusal({ epochs: '' }), "epochs must be a whole number from 1 to 10000; got ''.");
  assert.equal(refusal({ rate: -1 }), 'rate must be a number from 0 up; got -1.');
  assert.equal(refusal({ rate: Number.NaN }), 'rate must be a number from 0 up; got NaN.');
  assert.equal(refusal({ model: 'huge' }), "model must be one of small, large; got 'huge'.");
  assert.equal(refusal({ augment: 'maybe' }), "augment must be true or false; got 'maybe'.");
  assert.equal(refusal({ note: ['a'] }), 'note must be text; got ["a"].');
});

test('an unknown name offers the nearest, or all', () => {
  assert.equal(refusal({ epoch: 3 }), "The recipe flowers has no parameter 'epoch'; did you mean 'epochs'?");
  assert.equal(
    refusal({ zoom: 3 }),
    "The recipe flowers has no parameter 'zoom'; choose one of epochs, rate, model, augment, note.",
  );
});

test('a recipe with free parameters takes other names as they are', () => {
  assert.deepEqual(parseParameters(open, { hidden: '64', lr: 0.1 }), {
    epochs: 10,
    rate: 0.1,
    model: 'small',
    augment: false,
    hidden: '64',
    lr: 0.1,
  });
});

test('a free parameter needs a name that can be an option, and a plain value', () => {
  assert.equal(
    refusal({ 'a b': 1 }, open),
    "'a b' cannot be the name of a parameter; use letters, digits, '_', '-' and '.'.",
  );
  assert.equal(refusal({ sizes: [1, 2] }, open), 'sizes must be text, a number or true/false; got [1,2].');
});

test('--set parts at the first equals sign', () => {
  assert.deepEqual(readSetOption('args=--lr=1'), { name: 'args', value: '--lr=1' });
  assert.deepEqual(readSetOption('note='), { name: 'note', value: '' });
});

test('--set without a name or value says how it is written', () => {
  for (const text of ['epochs', '=3', '']) {
    const message = `--set needs name=value, as in --set epochs=10; got '${text}'.`;
    assert.throws(() => readSetOption(text), new InputError(message));
  }
});
