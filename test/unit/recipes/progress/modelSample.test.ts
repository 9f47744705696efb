import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  ProgressReader,
  readModelSampleLine,
  type ModelSample,
} from '../../../../src/recipes/progress/index.js';

const line = (data: unknown): string => `${JSON.stringify({ type: 'sample', data })}\n`;

function read(text: string): readonly ModelSample[] {
  const reader = new ProgressReader();
  reader.push(Buffer.from(text));
  reader.end();
  return reader.takeModelSamples();
}

describe('samples of a model in a log', () => {
  it('reads a text beside its reference and its scores', () => {
    const [sample] = read(
      line({
        prompt: 'p',
        generated: 'g',
        reference: 'r',
        step: 5,
        epoch: 1.5,
        scores: { bleu: 0.3, ppl: 'nan' },
      }),
    );
    const { scores, ...said } = sample ?? assert.fail('there is no sample');
    assert.deepEqual(said, { prompt: 'p', generated: 'g', reference: 'r', image: null, step: 5, epoch: 1.5 });
    assert.deepEqual({ ...scores }, { bleu: 0.3, ppl: NaN });
  });

  it('reads an image behind a bar that is not finished', () => {
    const [sample] = read(
      `lora:  5%| | 5/100 [00:01<00:20, lr: 1.0e-04 loss: 4.1e-01]${line({ image: '/a.jpg' })}`,
    );
    assert.equal(sample?.image, '/a.jpg');
  });

  it('gives a sample that does not say when the place of the run', () => {
    const progress = JSON.stringify({ type: 'progress', data: { epoch: 3, step: 40 } });
    const [sample] = read(`${progress}\n${line({ generated: 'g' })}`);
    assert.deepEqual([sample?.epoch, sample?.step], [3, 40]);
  });

  it('leaves the points of a run alone', () => {
    const reader = new ProgressReader();
    const points = reader.push(
      Buffer.from(`epoch 1/3 loss 0.5\n${line({ generated: 'g' })}epoch 2/3 loss 0.4\n`),
    );
    const last = reader.end().points;
    assert.deepEqual(
      [...points, ...last].map(({ epoch }) => epoch),
      [1, 2],
    );
  });

  it('shows nothing of what is neither a text nor an image', () => {
    const hostile = [
      null,
      [],
      'text',
      7,
      {},
      { prompt: 'p' },
      { generated: 7 },
      { image: {} },
      { image: 'x'.repeat(3000) },
    ];
    assert.deepEqual(read(hostile.map(line).join('')), []);
    assert.deepEqual(read('{"type":"sample"}\n{"type":"sample","data":\n'), []);
    assert.equal(readModelSampleLine('{"type":"other","data":"sample"}'), undefined);
  });

  it('takes what has another type as absent, and cuts what is long', () => {
    const scores = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`s${index}`, index]));
    const [sample] = read(
      line({
        generated: 'x'.repeat(9000),
        prompt: 7,
        step: 'one',
        epoch: 'inf',
        scores: { ...scores, ['n'.repeat(99)]: 1 },
      }),
    );
    assert.equal(sample?.generated?.length, 4001);
    assert.deepEqual([sample.prompt, sample.step, sample.epoch], [null, null, null]);
    assert.equal(Object.keys(sample.scores).length, 20);
  });

  it('is not misled by names that objects have by themselves', () => {
    const [sample] = read(
      '{"type":"sample","data":{"generated":"g","scores":{"__proto__":{"a":1},"toString":2,"bleu":3}}}\n',
    );
    assert.deepEqual(Object.entries(sample?.scores ?? {}), [
      ['toString', 2],
      ['bleu', 3],
    ]);
    assert.equal(({} as Record<string, unknown>).a, undefined);
  });

  it('keeps memory flat when nobody takes them', () => {
    const reader = new ProgressReader();
    for (let index = 0; index < 3000; index++) reader.push(Buffer.from(line({ generated: String(index) })));
    const taken = reader.takeModelSamples();
    assert.deepEqual([taken.length, taken.at(-1)?.generated], [1000, '2999']);
    assert.deepEqual(reader.takeModelSamples(), []);
  });
});
