import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearestName, suggest } from '../../src/nearest.js';

test('a slip of the keyboard finds the name', () => {
  const names = ['epochs', 'batch', 'learningRate'];
  for (const slip of ['epoch', 'epohcs', 'EPOCHS', 'epochss'])
    assert.equal(nearestName(slip, names), 'epochs', slip);
  assert.equal(nearestName('learning_rate', names), 'learningRate');
});

test('another word finds nothing', () => {
  assert.equal(nearestName('momentum', ['epochs', 'batch']), undefined);
  assert.equal(nearestName('x', []), undefined);
});

test('the nearest wins over the first', () => {
  assert.equal(nearestName('tests', ['rests12', 'testes', 'test']), 'testes');
});

test('a sentence ends with the nearest name, or with the choice', () => {
  assert.equal(suggest('sklern', ['script', 'sklearn']), "did you mean 'sklearn'?");
  assert.equal(suggest('keras', ['script', 'sklearn']), 'choose one of script, sklearn.');
});
