import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { InputError } from '../../../src/errors.js';
import { formatRunFile, parseRunFile } from '../../../src/jobs/jobFile.js';

const path = '/project/trainyard.yaml';
const messageOf = (text: string): string => {
  try {
    parseRunFile(text, path);
  } catch (error) {
    assert.ok(error instanceof InputError);
    return error.message;
  }
  return assert.fail('it was accepted');
};

describe('parseRunFile', () => {
  it('reads the file of the documentation, with paths from where it stands', () => {
    const file = parseRunFile(
      [
        'name: flowers',
        'dataset: ./data/flowers',
        'recipe: yolo',
        'params: { model: yolo11n.pt, epochs: 50, batch: 16, imgsz: 640 }',
        'resources: { gpu: [RTX 4090, L4], vram: 24, gpus: 1, nodes: 1, spot: true, providers: [runpod, vast], disk: 80 }',
        'limits: { price: 1.20, budget: 5, hours: 8, stallMinutes: 30, keepMinutes: 120 }',
        'results: { to: models, checkpoints: true, push: hf:me/flowers }',
      ].join('\n'),
      path,
    );
    assert.equal(file.dataset, '/project/data/flowers');
    assert.equal(file.to, '/project/models');
    assert.deepEqual(file.params, { model: 'yolo11n.pt', epochs: 50, batch: 16, imgsz: 640 });
    assert.deepEqual(file.providers, ['runpod', 'vast']);
    assert.equal(file.hours, 8);
    const { gpu, vram, gpus, spot, disk, maxPrice, budget, keepMinutes, regions } = file;
    assert.deepEqual(
      { gpu, vram, gpus, spot, disk, maxPrice, budget, keepMinutes, regions },
      {
        gpu: ['RTX 4090', 'L4'],
        vram: 24,
        gpus: 1,
        spot: true,
        disk: 80,
        maxPrice: 1.2,
        budget: 5,
        keepMinutes: 120,
        regions: undefined,
      },
    );
  });

  it('takes one GPU or region for a list of one', () => {
    const file = parseRunFile('dataset: .\nresources: { gpu: L4, region: US }\n', path);
    assert.deepEqual(file.gpu, ['L4']);
    assert.deepEqual(file.regions, ['US']);
  });

  it('says that several machines are not supported, and where', () => {
    assert.equal(
      messageOf('dataset: .\nresources:\n  gpus: 8\n  nodes: 2\n'),
      '/project/trainyard.yaml:4: "resources.nodes" is above 1. A training on several machines at once is not supported yet. Ask for one machine with several GPUs.',
    );
    assert.match(
      messageOf('dataset: .\nresources: { gpus: 1.5 }\n'),
      /:2: "resources\.gpus" must be a whole number; it is 1\.5\./,
    );
  });

  it('reads back what formatRunFile writes', () => {
    const text = formatRunFile({
      name: 'a',
      dataset: '.',
      recipe: 'script',
      params: { epochs: 3, note: 'x: y' },
    });
    const file = parseRunFile(text, path);
    assert.deepEqual(file.params, { epochs: 3, note: 'x: y' });
    assert.equal(file.recipe, 'script');
  });

  it('names line and nearest field for an unknown one', () => {
    assert.equal(
      messageOf('dataset: .\nrecipee: yolo\n'),
      '/project/trainyard.yaml:2: there is no field "recipee". Did you mean "recipe"?',
    );
    assert.equal(
      messageOf('dataset: .\nlimits:\n  hours: 2\n  budgett: 3\n'),
      '/project/trainyard.yaml:4: there is no field "limits.budgett". Did you mean "budget"?',
    );
  });

  it('names line and field for a wrong type and a missing field', () => {
    assert.match(
      messageOf('dataset: .\nlimits: { hours: many }\n'),
      /:2: "limits.hours" must be a number; it is "many"/,
    );
    assert.match(messageOf('recipe: script\n'), /:1: the field "dataset" is missing/);
  });

  it('names the line where the YAML itself is wrong', () => {
    assert.match(messageOf('dataset: .\nname: "open\n'), /^\/project\/trainyard\.yaml:[23]: /);
  });

  it('refuses a file that is no list of fields', () => {
    assert.match(messageOf('just text'), /a run file is a list of fields/);
  });

  it('says in a sentence what cannot be followed or is no limit', () => {
    assert.match(messageOf('dataset: *nope\n'), /trainyard\.yaml: .*alias.*nope\.$/);
    const nine = (name: string): string => `[${Array.from({ length: 9 }, () => `*${name}`).join(', ')}]`;
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b ${nine('a')}\nc: &c ${nine('b')}\nd: ${nine('c')}\n`;
    assert.match(messageOf(`dataset: x\n${bomb}`), /trainyard\.yaml: .*alias/);
    assert.match(
      messageOf('dataset: .\nlimits: { hours: 0 }\n'),
      /:2: "limits\.hours" must be above 0; it is 0\./,
    );
    assert.match(messageOf('dataset: .\nparams:\n\tlr: 1\n'), /:3: Tabs are not allowed as indentation\.$/);
    assert.match(messageOf('dataset: .\nparams: { lr: [1] }\n'), /"params\.lr" must be one value/);
  });
});
