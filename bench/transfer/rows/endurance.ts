import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { once } from 'node:events';
import { setTimeout as after } from 'node:timers';
import { isAbort } from '../../../src/errors.js';
import { syncDataset } from '../../../src/remote/transfer/sync.js';
import { runtime } from '../../../test/support/transferFixture.js';
import { makeFile } from '../content.js';
import { type Bed, benchProgram } from '../bed.js';
import type { Outcome, Row } from '../row.js';

export const enduranceRows: readonly Row[] = [
  {
    name: 'slow-line',
    what: 'an upload at 4 Mbit/s for 60 s: connections lost',
    against: '–',
    atMost: 0,
    unit: 'losses',
    note: 'once',
    measure: uploadSlowly,
  },
  memoryRow('memory-up', 'memory while 10 GB go up, growth', 'up'),
  memoryRow('memory-down', 'memory while 10 GB come down, growth', 'down'),
  memoryRow('memory-files', 'memory while a million files go up, growth', 'files'),
];

const slowForMs = 60_000;

/** Ends it after a minute: an upload that was only slow is broken off by us, and by nothing else. */
async function uploadSlowly(bed: Bed): Promise<Outcome> {
  const { host } = await bed.way({ roundTripMs: 50, megabitsPerSecond: 4 });
  await bed.clear();
  const folder = join(bed.here, 'slow');
  await makeFile(join(folder, 'model.bin'), 64 * 1024 ** 2);
  const abort = new AbortController();
  const timer = after(() => abort.abort(), slowForMs);
  try {
    await syncDataset(host, runtime, { folder, cacheDir: join(bed.here, 'cache') }, {}, abort.signal);
    throw new Error('64 MiB went over 4 Mbit/s within a minute');
  } catch (error) {
    if (isAbort(error)) return { ours: [0] };
    console.error(error);
    return { ours: [1] };
  } finally {
    clearTimeout(timer);
  }
}

/** In a process of its own, which does nothing else. */
function memoryRow(name: string, what: string, kind: 'up' | 'down' | 'files'): Row {
  return {
    name,
    what,
    against: '–',
    atMost: 150,
    unit: 'MB',
    note: 'once, in a process of its own, on disk',
    measure: async () => {
      const child = spawn(process.execPath, [benchProgram('memory'), kind], {
        stdio: ['ignore', 'pipe', 'inherit'],
        env: { ...process.env, TMPDIR: '/var/tmp' },
      });
      const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
      return { ours: [Number(line)] };
    },
  };
}
