import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LogClock } from '../../../src/jobs/logClock.js';

function clock(...samples: readonly (readonly [time: number, logBytes: number | null])[]): LogClock {
  const made = new LogClock();
  for (const [time, logBytes] of samples) made.add({ time, logBytes }, 0);
  return made;
}

describe('the clock of a log', () => {
  test('says when the log was so long, and between samples about when', () => {
    const log = clock([1000, 0], [1005, 100], [1010, 300]);
    assert.deepEqual(
      [0, 50, 100, 200, 300].map((bytes) => log.secondsAt(bytes, 0)),
      [0, 2.5, 5, 7.5, 10],
    );
  });

  test('goes on with the time here until the next sample comes', () => {
    assert.equal(clock([1000, 0], [1005, 100]).secondsAt(150, 2_000), 7);
  });

  test('takes the last of the samples between which nothing was written', () => {
    const log = clock([0, 10], [5, 10], [10, 10], [15, 20]);
    assert.equal(log.secondsAt(15, 0), 12.5);
  });

  test('cuts a part of the log where samples were taken', () => {
    const log = clock([0, 0], [5, 100], [10, 300]);
    assert.deepEqual(log.cuts(50, 350), [100, 300, 350]);
    assert.deepEqual(log.cuts(100, 300), [300]);
    assert.deepEqual(log.cuts(300, 310), [310]);
  });

  test('puts the log of another machine behind that of the one before', () => {
    const log = clock([0, 0], [10, 200], [100, 0], [110, 100]);
    assert.equal(log.secondsAt(250, 0), 105);
  });

  test('knows nothing where the machine does not tell', () => {
    assert.equal(clock([0, null]).secondsAt(0, 0), null);
    assert.deepEqual(clock([0, null]).cuts(0, 9), [9]);
  });
});
