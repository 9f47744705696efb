// The process of a row of memory: node memory.js up|down|files. Prints by how many MB it grew at most.
import { mkdir, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setInterval as every } from 'node:timers';
import { fetchFile } from '../../src/remote/transfer/fetch.js';
import { syncDataset } from '../../src/remote/transfer/sync.js';
import { never, runtime } from '../../test/support/transferFixture.js';
import { Bed } from './bed.js';
import { makeFolder } from './content.js';

const sparseBytes = 10e9;
const files = { count: 1_000_000, bytes: 100, kind: 'noise' } as const;

/** What a transfer needs that the disk has not: files without blocks, and small ones. */
async function prepare(kind: string, bed: Bed): Promise<() => Promise<unknown>> {
  const { host } = await bed.way({ roundTripMs: 0 });
  const cacheDir = join(bed.here, 'cache');
  switch (kind) {
    case 'up': {
      const folder = join(bed.here, 'large');
      await mkdir(folder);
      await makeSparse(join(folder, 'model.bin'));
      return () => syncDataset(host, runtime, { folder, cacheDir }, {}, never);
    }
    case 'down': {
      const remotePath = join(bed.there, 'model.bin');
      const localPath = join(bed.here, 'model.bin');
      await makeSparse(remotePath);
      return () => fetchFile(host, runtime, { remotePath, localPath }, {}, never);
    }
    case 'files': {
      const folder = await makeFolder(join(bed.here, 'million'), files);
      return () => syncDataset(host, runtime, { folder, cacheDir }, {}, never);
    }
    default:
      throw new Error('say up, down or files');
  }
}

async function makeSparse(path: string): Promise<void> {
  await rm(path, { force: true });
  await writeFile(path, '');
  await truncate(path, sparseBytes);
}

const bed = await Bed.open();
try {
  const transfer = await prepare(process.argv[2] ?? '', bed);
  globalThis.gc?.();
  const before = process.memoryUsage.rss();
  let largest = before;
  const timer = every(() => (largest = Math.max(largest, process.memoryUsage.rss())), 50);
  await transfer();
  clearInterval(timer);
  console.log(((largest - before) / 1e6).toFixed(0));
} finally {
  await bed.close();
}
