import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ProgressReader } from '../../../../src/recipes/progress/index.js';
import { randomNumbers } from './randomNumbers.js';
import { metricsOf, read } from './reading.js';

const fragments = [
  'Epoch ',
  '1/5',
  ' 50%|██',
  '| 3/6 [',
  '00:01<00:02',
  ', 1.2it/s',
  ']',
  "{'loss': ",
  '0.5',
  'nan',
  '}',
  '\r',
  '\n',
  '\b',
  '\u001b[K',
  '\u001b[A',
  '\u001b]0;',
  '{"type":',
  '"progress"',
  'Traceback (most recent call last):',
  'Killed',
  '━━──',
  'all ',
  'loss=',
  '__proto__',
  '[12]\t',
  '-',
  ' ',
  ': ',
  ',',
  '9999999999999999999999',
  '\u{1F680}',
  '\0',
];

describe('hostile output', () => {
  it('of random bytes never throws, and any cut gives the same points', () => {
    const random = randomNumbers(7);
    for (let round = 0; round < 20; round++) {
      const bytes = Uint8Array.from({ length: 4000 }, () => random() & 0xff);
      assert.deepEqual(read(bytes, undefined, 1 + (random() % 50)).points, read(bytes).points);
    }
  });

  it('of shuffled fragments of real output never throws, and any cut gives the same points', () => {
    const random = randomNumbers(42);
    for (let round = 0; round < 60; round++) {
      const text = Array.from({ length: 300 }, () => fragments[random() % fragments.length]).join('');
      assert.deepEqual(read(text, undefined, 1 + (random() % 40)).points, read(text).points);
    }
  });

  it('of one line of 10 MB is read in bounded memory and time', () => {
    const reader = new ProgressReader();
    const piece = Buffer.alloc(64 * 1024, 'loss=1 12%|');
    for (let index = 0; index < 160; index++) {
      reader.push(piece);
    }
    assert.ok(reader.state.live.length <= 64 * 1024);
    reader.push(Buffer.from('\nEpoch 1/5 loss: 0.5'));
    const { points } = reader.end();
    assert.equal(points.at(-1)?.epoch, 1);
  });

  /** What would make a careless pattern go back and forth. */
  const units = [
    '1',
    ' ',
    '-',
    'a',
    '1/',
    '[',
    "{'a",
    "{'loss': ",
    '"',
    '1%|',
    '% ',
    'Epoch ',
    'loss ',
    'loss=1 ',
    '\u001b[',
    '\u001b]',
    '\u001b[1m1',
    'a.',
    'a: ',
    '=1',
    '1,',
    '1.',
    "'s x: ",
    '1:',
    ' 1/1',
    '━',
    '{"type":',
    '{"type":1,',
    '"\\',
    '[CV ',
    ' | ',
    '\t',
    'Train: ',
    'all 1 ',
  ];

  it('takes as much longer as it is longer, whatever it repeats', () => {
    const work = (size: number, unit: string): number => {
      const line = unit.repeat(size / unit.length);
      const text = `${line}\n${line} x\nEpoch ${line}\n{"type":${line}}\n`;
      const started = process.cpuUsage();
      read(text);
      const { user, system } = process.cpuUsage(started);
      return user + system;
    };
    for (const unit of units) {
      work(8_000, unit);
      const [short, long] = [work(8_000, unit), work(64_000, unit)];
      // Eight times the text: quadratic work would be 64 times as much. The floor is for noise.
      assert.ok(long < 30 * Math.max(short, 20_000), `${JSON.stringify(unit)}: ${short} µs, then ${long} µs`);
    }
  });

  it('of deep or endless JSON of ours is no message, or the one it is', () => {
    const deep = `{"type":"progress","data":{"epoch":1,"x":${'['.repeat(50_000)}${']'.repeat(50_000)}}}\n`;
    const many = `{"type":"progress","data":{"epoch":2,"metrics":{${Array.from({ length: 3000 }, (_, index) => `"m${index}":${index}`).join(',')}}}}\n`;
    const huge = '{"type":"progress","data":{"epoch":3,"step":1e999,"metrics":{"loss":-1e-999}}}\n';
    const { points } = read(`${deep}${many}${huge}${'{"type":"progress","data":'.repeat(2000)}\n`);
    assert.deepEqual(
      points.map(({ epoch }) => epoch),
      [2, 3],
    );
    assert.equal(points[0]?.metrics.m2999, 2999);
    assert.deepEqual([points[1]?.step, points[1]?.metrics.loss], [Infinity, -0]);
  });

  it('cannot reach the prototype of anything', () => {
    const { points } = read(
      '{"type":"progress","data":{"epoch":1,"metrics":{"__proto__":7,"constructor":8,"toString":9}}}\n{"type":"progress","__proto__":{"x":1},"data":{"metrics":{"a":1}}}\n',
    );
    assert.equal(Object.entries(points[0]?.metrics ?? {}).find(([name]) => name === 'toString')?.[1], 9);
    assert.equal(Object.getPrototypeOf({}), Object.prototype);
    assert.equal(({} as Record<string, unknown>).x, undefined);
    const plain = read('Epoch 1/5 __proto__: 5 constructor: 6 loss: 0.5\n').points[0];
    assert.equal(metricsOf(plain).loss, 0.5);
    assert.equal('toString' in (plain?.metrics ?? {}), false);
  });

  it('of broken UTF-8 is read around', () => {
    const bytes = Buffer.concat([
      Buffer.from([0xff, 0xe2, 0x96, 0x0a]),
      Buffer.from('Epoch 1/5 loss: 0.5\n'),
      Buffer.from([0xe2, 0x96]),
    ]);
    assert.deepEqual(read(bytes, undefined, 1).points, read(bytes).points);
    assert.equal(metricsOf(read(bytes).points[0]).loss, 0.5);
  });
});
