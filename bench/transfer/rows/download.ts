import { open, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { fetchFile, type FetchResult } from '../../../src/remote/transfer/fetch.js';
import { never, runtime } from '../../../test/support/transferFixture.js';
import type { Bed, Way } from '../bed.js';
import { makeFile, requireEqual } from '../content.js';
import { scpDownAnew } from '../peers.js';
import { inTurn, type Outcome, type Row, timeOf } from '../row.js';

export const downloadRows: readonly Row[] = [
  downRow(0, '500 MB', 500e6, 0.64),
  downRow(50, '128 MiB', 128 * 1024 ** 2, 0.43),
  downRow(150, '128 MiB', 128 * 1024 ** 2, 0.35),
  {
    name: 'resumed',
    what: '128 MiB down from 60 %, 50 ms',
    against: '`scp` of the whole',
    atMost: 0.36,
    unit: 'ratio',
    measure: (bed, rounds) => download(bed, rounds, 50, 128 * 1024 ** 2, 0.6),
  },
];

function downRow(roundTripMs: number, size: string, bytes: number, atMost: number): Row {
  return {
    name: `down-${roundTripMs}`,
    what: `${size} down, ${roundTripMs} ms`,
    against: '`scp`',
    atMost,
    unit: 'ratio',
    measure: (bed, rounds) => download(bed, rounds, roundTripMs, bytes),
  };
}

async function download(
  bed: Bed,
  rounds: number,
  roundTripMs: number,
  bytes: number,
  hereAlready = 0,
): Promise<Outcome> {
  const way = await bed.way({ roundTripMs });
  const remotePath = await makeFile(join(bed.there, `model-${bytes}`), bytes);
  const fetched = join(bed.here, 'fetched');
  const ours = async (): Promise<number> => {
    await rm(fetched, { force: true });
    if (hereAlready > 0) await copyBeginning(remotePath, `${fetched}.part`, Math.floor(bytes * hereAlready));
    const ms = await timeOf(() => fetch(way, remotePath, fetched));
    await requireEqual(remotePath, fetched);
    return ms;
  };
  try {
    return await inTurn(rounds, ours, scpDownAnew(bed, way, remotePath));
  } finally {
    for (const path of [fetched, remotePath]) await rm(path, { force: true });
  }
}

function fetch(way: Way, remotePath: string, localPath: string): Promise<FetchResult> {
  return fetchFile(way.host, runtime, { remotePath, localPath }, {}, never);
}

/** As an earlier try leaves it that was cut there. */
async function copyBeginning(source: string, path: string, bytes: number): Promise<void> {
  const [from, to] = [await open(source, 'r'), await open(path, 'w')];
  try {
    const piece = Buffer.alloc(4 * 1024 ** 2);
    for (let at = 0; at < bytes; at += piece.length) {
      await from.read(piece, 0, piece.length, at);
      await to.write(piece, 0, piece.length, at);
    }
  } finally {
    await Promise.all([from.close(), to.close()]);
  }
  await truncate(path, bytes);
}
