import assert from 'node:assert/strict';
import { test } from 'node:test';
import { namedPlaces } from '../../../../src/providers/index.js';
import { explanationAt } from '../../../../src/views/runFile/hover.js';

/** What is said of the first place of `text` that holds `word`. */
const explained = (text: string, word: string): string | undefined =>
  explanationAt(text, text.indexOf(word) + 1, namedPlaces)?.markdown;

test('a field is explained, wherever it stands', () => {
  assert.match(explained('dataset: .\n', 'dataset') ?? '', /^\*\*dataset\*\*\n\nThe dataset folder/);
  assert.match(explained('limits: { price: 2 }\n', 'price') ?? '', /\n\nA number above 0\.$/);
  assert.match(
    explained('resources:\n  gpus: 2\n', 'gpus') ?? '',
    /Default: 1\.\n\nA whole number above 0\.$/,
  );
});

test('a parameter is explained as its recipe has it, with default and range', () => {
  const text = 'recipe: yolo\nparams: { epochs: 50 }\n';
  assert.match(explained(text, 'epochs') ?? '', /Default: \d+\.\n\nA whole number from 1 to \d+\.$/);
  assert.equal(explained('params: { epochs: 50 }\n', 'epochs'), undefined);
});

test('a value that is chosen from some is explained with its field', () => {
  assert.match(explained('recipe: yolo\n', 'yolo') ?? '', /\*\*recipe\*\*[^]*`yolo`: .*Ultralytics/);
  assert.match(explained('resources: { providers: [vast] }\n', 'vast') ?? '', /`vast`: Vast\.ai/);
});

test('the word that is explained is marked, and nothing else is explained', () => {
  const range = explanationAt('  # dataset\ndataset: ./flowers\n', 15, namedPlaces)?.range;
  assert.deepEqual(range, { start: 12, end: 19 });
  assert.equal(explained('# dataset\n', 'dataset'), undefined);
  assert.equal(explained('other: 1\n', 'other'), undefined);
});
