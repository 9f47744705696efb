import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { checkJobFile, checkJobFileFolders, type FoundProblem } from '../../../src/jobs/jobFileCheck.js';
import { jobFileJsonSchema } from '../../../src/jobs/jobFileJsonSchema.js';
import { namedPlaces, Providers } from '../../../src/providers/index.js';
import { SshHosts } from '../../../src/providers/sshHosts.js';
import { silentLogger } from '../../../src/logger.js';

const { clouds } = new Providers({
  sshHosts: new SshHosts('/nowhere/ssh-hosts.json'),
  settings: { get: () => Promise.resolve(undefined) },
  logger: silentLogger,
  timeScale: 1,
});
const check = (text: string): FoundProblem[] =>
  checkJobFile(text, { clouds, knownHosts: [], identityFiles: [] });

/** The words that each problem is about, and what is said of them. */
const found = (text: string): string[] =>
  check(text).map(({ message, range }) => `${range ? text.slice(range.start, range.end) : '-'}: ${message}`);

test('a good file has no problem', () => {
  for (const sample of ['digits', 'wine']) {
    assert.deepEqual(check(readFileSync(`samples/${sample}/trainyard.yaml`, 'utf8')), []);
  }
  assert.deepEqual(check('dataset: .\nresources: { providers: [local, ssh:gpu1, runpod] }\n'), []);
});

test('every unknown field and wrong value is found at its words', () => {
  assert.deepEqual(found('dataset: .\nrecipee: yolo\nlimitz: 3\nlimits:\n  hours: many\n  cost: 2\n'), [
    'many: "limits.hours" must be a number; it is "many".',
    'cost: there is no field "limits.cost". Remove it.',
    'recipee: there is no field "recipee". Did you mean "recipe"?',
    'limitz: there is no field "limitz". Did you mean "limits"?',
  ]);
  assert.deepEqual(found('recipe: yolo\n'), [': the field "dataset" is missing.']);
});

test('a recipe and parameters that would be refused are found at their words', () => {
  assert.deepEqual(found('dataset: .\nrecipe: yoloo\n'), [
    "yoloo: There is no recipe 'yoloo'; did you mean 'yolo'?",
  ]);
  const text = 'dataset: .\nrecipe: sklearn\nparams:\n  testSize: 5\n  sede: 3\n  seed: 7\n';
  const [testSize, unknown, ...none] = found(text);
  assert.match(testSize ?? '', /^5: testSize must be a number from .* to .*; got 5\.$/);
  assert.match(unknown ?? '', /^sede: The recipe sklearn has no parameter 'sede'; did you mean 'seed'\?$/);
  assert.deepEqual(none, []);
});

test('a place that there is not is found among others', () => {
  assert.deepEqual(found('dataset: .\nresources:\n  providers:\n    - local\n    - runpot\n'), [
    'runpot: There is no provider "runpot"; did you mean \'runpod\'?',
  ]);
});

test('a folder that is not there is found, from where the file stands', async () => {
  const text = 'dataset: ./nothing\nresults: { to: package.json }\n';
  const problems = await checkJobFileFolders(text, resolve('trainyard.yaml'));
  assert.deepEqual(
    problems.map(({ range }) => range && text.slice(range.start, range.end)),
    ['./nothing', 'package.json'],
  );
  assert.match(problems[0]?.message ?? '', /^There is no folder .*nothing; check the path\.$/);
  assert.deepEqual(await checkJobFileFolders('dataset: ./src\n', resolve('trainyard.yaml')), []);
});

test('YAML that cannot be read is found where it breaks', () => {
  const [{ range, message } = { range: null, message: '' }] = check('dataset: .\nname: "open\n');
  assert.ok((range?.start ?? 0) >= 'dataset: .\n'.length);
  assert.match(message, /quote/);
  assert.deepEqual(
    check('dataset: *nope\n').map((problem) => problem.range),
    [null],
  );
});

test('the JSON Schema in the package is the one of the reader', () => {
  const written: unknown = JSON.parse(readFileSync('schemas/trainyard.schema.json', 'utf8'));
  assert.deepEqual(written, jobFileJsonSchema(namedPlaces), 'npm run schema writes it');
});

test('the JSON Schema refuses what the check calls its own, and allows the rest', () => {
  const allows = new Ajv({ strict: false }).compile(jobFileJsonSchema(namedPlaces));
  const texts = [
    'dataset: .\n',
    'dataset: .\nrecipe: yoloo\n',
    'dataset: .\nrecipe: yolo\nparams: { epochs: 0 }\n',
    'dataset: .\nrecipe: yolo\nparams: { epochs: "12" }\n',
    'dataset: .\nrecipe: sklearn\nparams: { sede: 3 }\n',
    'dataset: .\nrecipe: script\nparams: { epoch: 3 }\n',
    'dataset: .\nresources: { providers: [runpot] }\n',
    'dataset: .\nresources: { nodes: 2 }\n',
    'dataset: .\nlimits: { hours: 0 }\n',
    'dataset: .\nlimits: { keepMinutes: 0 }\n',
    'recipe: yolo\n',
  ];
  for (const text of texts) {
    assert.equal(
      allows(parse(text)),
      check(text).every(({ isInSchema }) => !isInSchema),
      text,
    );
  }
});
