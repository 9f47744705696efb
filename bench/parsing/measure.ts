// Lines per second of the reader of training output, kind by kind, and its memory over a log of 1 GB.
import { ProgressReader } from '../../src/recipes/progress/index.js';
import { kinds } from './kinds.js';
import { mixedLine } from './mixedLog.js';

const lines = 300_000;
const rounds = 5;
const chunkBytes = 64 * 1024;
const streamBytes = 1e9;

if (process.argv[2] === 'gigabyte') streamGigabyte();
else measureKinds();

function measureKinds(): void {
  for (const [name, line] of Object.entries(kinds)) {
    const bytes = Buffer.from(Array.from({ length: lines }, (_, index) => line(index)).join(''));
    readAll(bytes);
    const runs = Array.from({ length: rounds }, () => readAll(bytes)).sort((a, b) => a.seconds - b.seconds);
    const { seconds, points } = runs[rounds >> 1] ?? { seconds: NaN, points: 0 };
    const perSecond = Math.round(lines / seconds).toLocaleString('en');
    console.log(
      `${name.padEnd(17)} ${perSecond.padStart(9)} lines/s, ${Math.round(bytes.length / seconds / 1e6)} MB/s, ${points} points`,
    );
  }
}

/** Processor time, so that other work on the machine disturbs less. */
function readAll(bytes: Buffer): { points: number; seconds: number } {
  const reader = new ProgressReader();
  const started = process.cpuUsage();
  let points = 0;
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    points += reader.push(bytes.subarray(at, at + chunkBytes)).length;
  }
  points += reader.end().points.length;
  return { points, seconds: secondsSince(started) };
}

/** One training that prints 1 GB, none of it twice. The heap of this process is bounded: it would die. */
function streamGigabyte(): void {
  const reader = new ProgressReader();
  let [index, bytes, points, seconds, mostHeap] = [0, 0, 0, 0, 0];
  while (bytes < streamBytes) {
    const first = index;
    const chunk = Buffer.from(Array.from({ length: 1000 }, () => mixedLine(index++)).join(''));
    const started = process.cpuUsage();
    points += reader.push(chunk).length;
    seconds += secondsSince(started);
    bytes += chunk.length;
    if (first % 100_000 === 0) {
      mostHeap = Math.max(mostHeap, process.memoryUsage().heapUsed);
    }
  }
  points += reader.end().points.length;
  console.log(
    `${'1 GB of all'.padEnd(17)} ${Math.round(index / seconds)
      .toLocaleString('en')
      .padStart(
        9,
      )} lines/s, ${index} lines, ${points} points, at most ${Math.round(mostHeap / 1e6)} MB of heap`,
  );
}

function secondsSince(started: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(started);
  return (user + system) / 1e6;
}
