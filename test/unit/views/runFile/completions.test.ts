import assert from 'node:assert/strict';
import { test } from 'node:test';
import { namedPlaces } from '../../../../src/providers/index.js';
import { recipes } from '../../../../src/recipes/index.js';
import { completionsAt, type Completion } from '../../../../src/views/runFile/completions.js';

/** What is offered where the text has a `|`. */
function offered(marked: string): Completion[] {
  const offset = marked.indexOf('|');
  return completionsAt(marked.replace('|', ''), offset, namedPlaces);
}
const labels = (marked: string): string[] => offered(marked).map(({ label }) => label);

test('an empty file is offered every field, and what is there is not offered again', () => {
  const all = ['name', 'dataset', 'recipe', 'params', 'resources', 'limits', 'results'];
  assert.deepEqual(labels('|'), all);
  assert.deepEqual(
    labels('dataset: .\nre|'),
    all.filter((name) => name !== 'dataset'),
  );
  assert.deepEqual(labels('recipe: yolo\n|\ndataset: .\n'), ['name', ...all.slice(3)]);
});

test('a group of fields begins on a line of its own, further in', () => {
  const [limits] = offered('dataset: .\nlim|').filter(({ label }) => label === 'limits');
  assert.equal(limits?.insert, 'limits:\n  ');
  assert.equal(limits.start, 'dataset: .\n'.length);
});

test('fields below others are offered in blocks and between brackets', () => {
  const limits = ['price', 'budget', 'hours', 'stallMinutes', 'keepMinutes'];
  const rest = limits.filter((name) => name !== 'hours');
  assert.deepEqual(labels('dataset: .\nlimits:\n  |'), limits);
  assert.deepEqual(labels('limits:\n  hours: 2\n  |\nname: a\n'), rest);
  assert.deepEqual(labels('limits: { hours: 2, | }'), rest);
  assert.deepEqual(labels('limits: {\n  hours: 2,\n  b|\n}\n'), rest);
});

test('recipes are offered with what they do, and places with their names', () => {
  assert.deepEqual(
    labels('recipe: |'),
    recipes.map(({ id }) => id),
  );
  assert.ok(offered('recipe: |').every(({ help }) => help !== ''));
  const places = namedPlaces.map(({ id }) => id);
  assert.deepEqual(labels('resources: { providers: [run|] }'), places);
  assert.deepEqual(labels('resources:\n  providers:\n    - |'), places);
  assert.deepEqual(labels('resources:\n  providers:\n  - local\n  - v|'), places);
});

test('parameters are those of the recipe that is named, with default and range', () => {
  const yolo = recipes.find(({ id }) => id === 'yolo');
  const names = yolo?.parameters.map(({ name }) => name) ?? [];
  assert.deepEqual(labels('recipe: yolo\nparams:\n  |'), names);
  const [epochs] = offered('recipe: yolo\nparams: { e| }').filter(({ label }) => label === 'epochs');
  assert.match(epochs?.detail ?? '', /^A whole number from 1/);
  assert.match(epochs?.help ?? '', /Default: \d+\.$/);
  assert.deepEqual(labels('params: { | }'), []);
});

test('values are what the field knows: choices, true and false, the default, examples', () => {
  const [choice] = recipes.flatMap(({ id, parameters }) =>
    parameters.flatMap((parameter) => (parameter.type === 'choice' ? [{ id, ...parameter }] : [])),
  );
  assert.ok(choice);
  assert.deepEqual(labels(`recipe: ${choice.id}\nparams:\n  ${choice.name}: |`), choice.choices);
  assert.deepEqual(labels('resources: { spot: | }'), ['true', 'false']);
  assert.deepEqual(labels('results:\n  to: |'), ['models']);
  assert.deepEqual(labels('resources: { gpu: | }'), ['RTX 4090', '[RTX 4090, L4]']);
});

test('nothing is offered in a comment, or below a field that there is not', () => {
  assert.deepEqual(labels('dataset: . # what |'), []);
  assert.deepEqual(labels('nothing:\n  |'), []);
});
