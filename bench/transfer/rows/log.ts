import { spawn } from 'node:child_process';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { fetchFile } from '../../../src/remote/transfer/fetch.js';
import { followRun, prepareFollow } from '../../../src/remote/transfer/followRun.js';
import { syncDataset } from '../../../src/remote/transfer/sync.js';
import { RunFolder } from '../../../test/support/runFolder.js';
import { never, runtime } from '../../../test/support/transferFixture.js';
import type { Bed, Way } from '../bed.js';
import { Busy } from '../busy.js';
import { makeFile } from '../content.js';
import { ssh } from '../programs.js';
import { inTurn, type Row, timeOf } from '../row.js';

const lines = 1_000_000;
const linesWritten = 300;
const busyBytes = 256 * 1024 ** 2;
const underWayBytes = 16 * 1024 ** 2;
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
  busyRow('log-mirrored', 'a checkpoint is mirrored', mirrorCheckpoint),
  busyRow('log-busy', 'a dataset goes up', uploadDataset),
  busyRow('log-terminal', 'a terminal is flooded', floodTerminal),
  busyRow('log-file', 'a person downloads a file', downloadByHand),
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
  await prepareFollow(way.host, runtime, { job, attempt: 1 });
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
  const log = await FollowedLog.start(bed, way);
  const peer = spawn('ssh', [...way.config, '-n', way.machine, `tail -n +1 -F ${log.path} 2>/dev/null`]);
  const peerCame = new LineTimes();
  let peerLines = 0;
  createInterface({ input: peer.stdout }).on('line', () => peerCame.reach((peerLines += 1)));
  // Both are there once the first line has come.
  await log.write(1);
  await peerCame.has(1);
  const written = await log.write(linesWritten);
  await peerCame.has(1 + written.length);
  await log.end();
  peer.kill();
  const [ours, theirs] = [log.came, peerCame].map((times) => times.delays(1, written));
  return { ours: ours ?? [], peer: theirs ?? [] };
}

/** By how much the slowest of a hundred lines comes later while something large is on its way. */
function busyRow(name: string, what: string, carry: (bed: Bed, way: Way) => Promise<Busy>): Row {
  return {
    name,
    what: `a line written → the line here while ${what}, 100 Mbit/s and 50 ms: p99, later than idle`,
    against: '–',
    atMost: 100,
    unit: 'ms',
    measure: async (bed, rounds) => {
      const way = await bed.way({ roundTripMs: 50, megabitsPerSecond: 100 });
      const log = await FollowedLog.start(bed, way);
      const ours: number[] = [];
      const slowest = async (): Promise<number> => {
        const first = log.lines;
        return atPercentile(log.came.delays(first, await log.write(linesWritten)), 99);
      };
      await log.write(1);
      for (let round = 0; round < rounds; round += 1) {
        const idle = await slowest();
        const busy = await carry(bed, way);
        ours.push((await slowest()) - idle);
        await busy.breakOff();
      }
      await log.end();
      return { ours };
    },
  };
}

async function mirrorCheckpoint(bed: Bed, { host }: Way): Promise<Busy> {
  const remotePath = await makeFile(join(bed.there, 'checkpoint'), busyBytes);
  const localPath = join(bed.here, 'checkpoint');
  await rm(`${localPath}.part`, { force: true });
  return Busy.start((isUnderWay, signal) =>
    fetchFile(
      host,
      runtime,
      { remotePath, localPath },
      { background: true, onProgress: ({ bytes }) => bytes > underWayBytes && isUnderWay() },
      signal,
    ),
  );
}

async function uploadDataset(bed: Bed, { host }: Way): Promise<Busy> {
  await rm(join(bed.root, 'datasets'), { recursive: true, force: true });
  const folder = join(bed.here, 'busy-log');
  await makeFile(join(folder, 'model.bin'), busyBytes);
  const source = { folder, cacheDir: join(bed.here, 'cache') };
  return Busy.start((isUnderWay, signal) =>
    syncDataset(
      host,
      runtime,
      source,
      { onProgress: ({ phase, bytes }) => phase === 'sending' && bytes > underWayBytes && isUnderWay() },
      signal,
    ),
  );
}

/** A terminal has a connection of its own, as everything that people look at a machine with. */
function floodTerminal(_bed: Bed, way: Way): Promise<Busy> {
  return Busy.start(async (isUnderWay, signal) => {
    const host = await way.coldHost();
    const shell = await host.shell({ columns: 80, rows: 24 }, signal);
    let bytes = 0;
    shell.output.on('data', (piece: Buffer) => {
      bytes += piece.length;
      if (bytes > underWayBytes) isUnderWay();
    });
    signal.addEventListener('abort', () => shell.kill());
    shell.input.write(`yes ${line.toString()}`);
    await shell.exit;
    host.dispose();
  });
}

async function downloadByHand(bed: Bed, way: Way): Promise<Busy> {
  const path = await makeFile(join(bed.there, 'by-hand'), busyBytes);
  const host = await way.coldHost();
  const files = await host.files(never);
  return Busy.start(async (isUnderWay, signal) => {
    const file = files.read(path);
    signal.addEventListener('abort', () => file.destroy());
    let bytes = 0;
    try {
      for await (const piece of file as AsyncIterable<Buffer>) {
        bytes += piece.length;
        if (bytes > underWayBytes) isUnderWay();
      }
    } finally {
      files.dispose();
      host.dispose();
    }
  });
}

/** A log that is written there and followed here. */
class FollowedLog {
  readonly came = new LineTimes();
  readonly #run: RunFolder;
  readonly #following: Promise<unknown>;
  #bytes = 0;
  #lines = 0;

  private constructor(way: Way, run: RunFolder, dir: string) {
    this.#run = run;
    const onBytes = (_file: string, count: number): void => {
      this.#bytes += count;
      this.came.reach(Math.floor(this.#bytes / line.length));
    };
    const listener = { onState: () => undefined, onBytes };
    this.#following = followRun(way.host, runtime, { job: run.job, attempt: 1, dir }, listener, never);
  }

  static async start(bed: Bed, way: Way): Promise<FollowedLog> {
    const run = await emptyRun(bed);
    await run.write('');
    const dir = join(bed.here, 'mirror');
    await rm(dir, { recursive: true, force: true });
    await mkdir(dir);
    return new FollowedLog(way, run, dir);
  }

  get path(): string {
    return this.#run.log;
  }

  /** How many were written. */
  get lines(): number {
    return this.#lines;
  }

  /** Writes some, with a little time between them. @returns when each was written, once all are here */
  async write(count: number): Promise<number[]> {
    const written: number[] = [];
    for (; written.length < count; this.#lines += 1) {
      await new Promise((resolve) => setTimeout(resolve, 5 + Math.random() * 20));
      written.push(performance.now());
      await this.#run.write(line);
    }
    await this.came.has(this.#lines);
    return written;
  }

  async end(): Promise<void> {
    await this.#run.state(1, 'ended');
    await this.#following;
  }
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

  /** From the writing of each line to its coming; @param first where among all lines the first of them stands */
  delays(first: number, written: readonly number[]): number[] {
    return written.map((at, index) => (this.#times[first + index] ?? Number.NaN) - at);
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
