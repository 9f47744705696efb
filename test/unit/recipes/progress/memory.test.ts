import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'node:test';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../../..');

/** Reads 60 MB of lines of many shapes in a process of its own that may hold little. */
const program = `
import { ProgressReader } from './src/recipes/progress/index.ts';
import { mixedLine } from './bench/parsing/mixedLog.ts';
const reader = new ProgressReader();
let bytes = 0;
let points = 0;
for (let index = 0; bytes < 60e6; ) {
  const lines = [];
  for (let size = 0; size < 65536; index++) {
    const line = mixedLine(index);
    lines.push(line);
    size += line.length;
  }
  const chunk = Buffer.from(lines.join(''));
  bytes += chunk.length;
  points += reader.push(chunk).length;
}
points += reader.end().points.length;
console.log(JSON.stringify({ bytes, points }));
`;

describe('a log larger than the memory', () => {
  it('is read to its end', () => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['--max-old-space-size=40', '--import', 'tsx', '--input-type=module', '--eval', program],
      { cwd: root, encoding: 'utf8' },
    );
    assert.equal(status, 0, stderr);
    const { bytes, points } = JSON.parse(stdout) as { bytes: number; points: number };
    assert.ok(bytes >= 60e6 && points > 60_000, stdout);
  });
});
