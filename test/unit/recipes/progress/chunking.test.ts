import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'node:test';
import { ProgressReader } from '../../../../src/recipes/progress/index.js';
import { randomNumbers } from './randomNumbers.js';
import { read, type Reading } from './reading.js';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../../..');
/** Ours, and where there are others beside the repository, those too. */
const folders = ['test/fixtures/logs', process.env.TRAINYARD_LOG_CORPUS ?? '../shared/logs'].map((folder) =>
  path.resolve(root, folder),
);

function logsIn(folder: string): readonly string[] {
  return existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.log'))
        .map((file) => path.join(folder, file))
    : [];
}

/** Reads in chunks of ever new lengths, small ones mostly. */
function readCut(bytes: Uint8Array, random: () => number): Omit<Reading, 'last'> {
  const reader = new ProgressReader();
  const points = [];
  for (let at = 0; at < bytes.length;) {
    const end = at + 1 + (random() % (random() % 8 === 0 ? 4096 : 60));
    points.push(...reader.push(bytes.subarray(at, end)));
    at = end;
  }
  const end = reader.end();
  return { points: [...points, ...end.points], summary: end.summary };
}

describe('any cut of the bytes gives the same points and summary', () => {
  for (const folder of folders) {
    for (const file of logsIn(folder)) {
      it(path.relative(folder, file), () => {
        const bytes = readFileSync(file);
        const whole = read(bytes);
        const random = randomNumbers(bytes.length + 1);
        for (let round = 0; round < 3; round++) {
          const cut = readCut(bytes, random);
          assert.deepEqual(cut.points, whole.points);
          assert.deepEqual(cut.summary, whole.summary);
        }
      });
    }
  }
});
