import { spawn } from 'node:child_process';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { followRun } from '../../../src/remote/transfer/followRun.js';
import { RunFolder } from '../../../test/support/runFolder.js';
import { never, runtime } from '../../../test/support/transferFixture.js';
import type { Bed, Way } from '../bed.js';
import { ssh } from '../programs.js';
import { inTurn, type Row, timeOf } from '../row.js';

const lines = 1_000_000;
const line = Buffer.from(`${'0123456789'.repeat(10).slice(1)}\n`);

export const logRows: readonly Row[] = [
  {
    name: 'log',
    what: '1,000,000 lines of 100 bytes, 0 ms',
    against: '`ssh` `cat` to `/dev/null`',
    atMost: 0.67,
    unit: 'ratio',
    note: 'ours also writes them to disk and compares both files by sha256',
    measure: async (bed, rounds) => {
      const way = await bed.way({ roundTripMs: 0 });
      const run = await writeLog(bed);
      return inTurn(
        rounds,
        () => mirrorTime(bed, way, run),
        () => ssh(way, 'machine', `cat ${run.log}`),
      );
    },
  },
  {
    name: 'log-loop',
    what: 'event loop delay while they come, p99',
    against: '–',
    atMost: 10,
    unit: 'ms',
    measure: async (bed, rounds) => {
      const way = await bed.way({ roundTripMs: 0 });
      const run = await writeLog(bed);
      const ours: number[] = [];
      for (let round = 0; round < rounds; round += 1) {
        const delay = monitorEventLoopDelay({ resolution: 1 });
        delay.enable();
        await mirrorTime(bed, way, run);
        delay.disable();
        ours.push(delay.percentile(99) / 1e6);
      }
      return { ours };
    },
  },
  latencyRow(50, 1.3),
  latencyRow(99, 1),
];

async function writeLog(bed: Bed): Promise<RunFolder> {
  const run = await emptyRun(bed);
  const file = await open(run.log, 'w');
  try {
    const block = Buffer.concat(Array.from({ length: 10_000 }, () => line));
    for (let written = 0; written < lines; written += 10_000) await file.write(block);
  } finally {
    await file.close();
  }
  await run.state(1, 'ended');
  return run;
}

async function emptyRun(bed: Bed): Promise<RunFolder> {
  await rm(join(bed.root, 'runs'), { recursive: true, force: true });
  return RunFolder.make(bed.root);
}

async function mirrorTime(bed: Bed, way: Way, { job }: RunFolder): Promise<number> {
  const dir = join(bed.here, 'mirror');
  await rm(dir, { recursive: true, force: true });
  await mkdir(dir);
  let bytes = 0;
  const listener = { onState: () => undefined, onBytes: (_file: string, count: number) => (bytes += count) };
  const ms = await timeOf(() => followRun(way.host, runtime, { job, attempt: 1, dir }, listener, never));
  if (bytes !== lines * line.length) throw new Error(`${bytes} bytes of log came`);
  return ms;
}

function latencyRow(percentile: number, atMost: number): Row {
  return {
    name: `log-p${percentile}`,
    what: `a line written → the line here, p${percentile}, 0 ms`,
    against: '`ssh` `tail -F` of the same file',
    atMost,
    unit: 'ratio',
    measure: async (bed, rounds) => {
      const way = await bed.way({ roundTripMs: 0 });
      const outcome: { ours: number[]; peer: number[] } = { ours: [], peer: [] };
      for (let round = 0; round < rounds; round += 1) {
        const { ours, peer } = await lineDelays(bed, way);
        outcome.ours.push(atPercentile(ours, percentile));
        outcome.peer.push(atPercentile(peer, percentile));
      }
      return outcome;
    },
  };
}

/** Milliseconds from the writing of each line to its coming, one way and the other, at the same time. */
async function lineDelays(bed: Bed, way: Way): Promise<{ ours: number[]; peer: number[] }> {
  const run = await emptyRun(bed);
  await run.write('');
  const dir = join(bed.here, 'mirror');
  await rm(dir, { recursive: true, force: true });
  await mkdir(dir);
  const came = new LineTimes();
  let bytes = 0;
  const onBytes = (_file: string, count: number): void => {
    bytes += count;
    came.reach(Math.floor(bytes / line.length));
  };
  const listener = { onState: () => undefined, onBytes };
  const following = followRun(way.host, runtime, { job: run.job, attempt: 1, dir }, listener, never);
  const peer = spawn('ssh', [...way.config, '-n', way.machine, `tail -n +1 -F ${run.log} 2>/dev/null`]);
  const peerCame = new LineTimes();
  let peerLines = 0;
  createInterface({ input: peer.stdout }).on('line', () => peerCame.reach((peerLines += 1)));
  // Both are there once the first line has come.
  const written = [await writeLine(run)];
  await Promise.all([came.has(1), peerCame.has(1)]);
  for (let count = 0; count < 300; count += 1) {
    await new Promise((resolve) => setTimeout(resolve, 5 + Math.random() * 20));
    written.push(await writeLine(run));
  }
  await Promise.all([came.has(written.length), peerCame.has(written.length)]);
  await run.state(1, 'ended');
  await following;
  peer.kill();
  const delaysOf = (times: LineTimes): number[] =>
    written.map((at, index) => (times.at(index) ?? Number.NaN) - at).slice(1);
  return { ours: delaysOf(came), peer: delaysOf(peerCame) };
}

/** @returns when it was written */
async function writeLine(run: RunFolder): Promise<number> {
  const at = performance.now();
  await run.write(line);
  return at;
}

/** When the first line came, the second, … */
class LineTimes {
  readonly #times: number[] = [];
  #wanted: { readonly count: number; readonly resolve: () => void } | undefined;

  /** So many are here now. */
  reach(count: number): void {
    const now = performance.now();
    while (this.#times.length < count) this.#times.push(now);
    if (this.#wanted !== undefined && this.#times.length >= this.#wanted.count) this.#wanted.resolve();
  }

  at(index: number): number | undefined {
    return this.#times[index];
  }

  has(count: number): Promise<void> {
    if (this.#times.length >= count) return Promise.resolve();
    return new Promise((resolve) => (this.#wanted = { count, resolve }));
  }
}

function atPercentile(values: readonly number[], percentile: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percentile) / 100))] ?? Number.NaN;
}
