import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SampleGallery } from '../../../src/jobs/sampleGallery.js';
import {
  localNameOf,
  parseSampleImage,
  pathInOutput,
  type SampleImage,
} from '../../../src/jobs/sampleImages.js';
import type { ModelSample } from '../../../src/recipes/progress/index.js';

const nothing = { prompt: null, generated: null, reference: null, step: null, epoch: null, scores: {} };
const drawn = (step: number, image: string): ModelSample => ({ ...nothing, prompt: 'a dog', step, image });
const here = (path: string, file: string): SampleImage => ({ path, file, bytes: 1, modified: 1 });
const there = (path: string): string => `/home/a/.trainyard/runs/dog-1/output/${path}`;

describe('SampleGallery', () => {
  it('joins a sample and its image, whichever comes first', () => {
    const gallery = new SampleGallery('dog-1');
    gallery.addSamples([drawn(1, there('samples/1.png'))]);
    const [joined] = gallery.addImages([here('samples/1.png', 'one.png')]);
    assert.deepEqual([joined?.id, joined?.step, joined?.image], [1, 1, 'one.png']);
    const [unnamed] = gallery.addImages([here('samples/2.png', 'two.png')]);
    assert.deepEqual([unnamed?.prompt, unnamed?.name], [null, '2.png']);
    const [claimed] = gallery.addSamples([drawn(2, 'samples/2.png')]);
    assert.deepEqual([claimed?.id, claimed?.prompt, claimed?.image], [unnamed?.id, 'a dog', 'two.png']);
    assert.equal(gallery.samples.length, 2);
  });

  it('gives an image that is drawn over to the newest sample only', () => {
    const gallery = new SampleGallery('dog-1');
    gallery.addImages([here('latest.png', 'first.png')]);
    gallery.addSamples([drawn(1, there('latest.png')), drawn(2, there('latest.png'))]);
    gallery.addImages([here('latest.png', 'second.png')]);
    assert.deepEqual(
      gallery.samples.map(({ step, image }) => [step, image]),
      [
        [1, null],
        [2, 'second.png'],
      ],
    );
  });

  it('forgets the oldest of very many', () => {
    const gallery = new SampleGallery('dog-1');
    gallery.addSamples(Array.from({ length: 1500 }, (_, step) => drawn(step, there(`${step}.png`))));
    assert.deepEqual([gallery.samples.length, gallery.samples[0]?.step], [1000, 500]);
  });
});

describe('names of images', () => {
  it('are our own, whatever the machine calls a file', () => {
    for (const path of [
      '../../x.PNG',
      'a\nb.jpg',
      '-rf.webp',
      `${'x'.repeat(300)}.gif`,
      'CON.png',
      '\udc80é.jpeg',
      '.png',
    ]) {
      const file = localNameOf(path, 1, 2.5);
      assert.match(file, /^[\w-]{1,80}\.(png|jpg|jpeg|webp|gif)$/);
      assert.equal(parseSampleImage(JSON.stringify({ path, file, bytes: 1, modified: 2.5 }))?.file, file);
    }
    assert.notEqual(localNameOf('a.png', 1, 2), localNameOf('a.png', 1, 3));
  });

  it('are taken from the index only when they are our own', () => {
    for (const file of ['../a.png', 'a/b.png', 'a.svg', 'index.jsonl', ''])
      assert.equal(parseSampleImage(JSON.stringify({ path: 'a', file, bytes: 1, modified: 1 })), undefined);
    assert.equal(parseSampleImage('{"path":"a"'), undefined);
  });

  it('are looked for in the output folder', () => {
    assert.equal(pathInOutput(there('a/b.png'), 'dog-1'), 'a/b.png');
    assert.equal(pathInOutput('./output/a.png', 'dog-1'), 'a.png');
    assert.equal(pathInOutput('samples/../a.png', 'dog-1'), 'a.png');
    for (const elsewhere of ['/etc/a.png', '../a.png', there('../../a.png')])
      assert.equal(pathInOutput(elsewhere, 'dog-1'), undefined);
  });
});
