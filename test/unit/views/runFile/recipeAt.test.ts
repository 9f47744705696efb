import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { recipeAt } from '../../../../src/views/runFile/recipeAt.js';

const never = new AbortController().signal;

/** The recipe where a run file among the samples has a `|`. */
async function recipeOf(marked: string): Promise<string | undefined> {
  const offset = marked.indexOf('|');
  const text = marked.replace('|', '');
  return (await recipeAt(text, offset, resolve('samples/trainyard.yaml'), never))?.id;
}

test('the recipe of parameters is the one that is named, else the one that fits the dataset best', async () => {
  assert.equal(await recipeOf('dataset: ./wine\nrecipe: xgboost\nparams:\n  |'), 'xgboost');
  assert.equal(await recipeOf('dataset: ./shapes\nparams:\n  |'), 'yolo');
  assert.equal(await recipeOf('dataset: "./digits"\nparams: { | }\n'), 'script');
});

test('nothing is guessed where a recipe is named that is not there, or the dataset is not', async () => {
  assert.equal(await recipeOf('dataset: ./shapes\nrecipe: yolov5\nparams:\n  |'), undefined);
  assert.equal(await recipeOf('dataset: ./nowhere\nparams:\n  |'), undefined);
  assert.equal(await recipeOf('params:\n  |'), undefined);
});
