import { join } from 'node:path';
import { Agent } from '../../../src/remote/agent.js';
import type { Host } from '../../../src/remote/host.js';
import { syncDataset, type SyncProgress, type SyncSource } from '../../../src/remote/transfer/sync.js';
import { never, runtime } from '../../../test/support/transferFixture.js';
import type { Bed } from '../bed.js';
import { makeFile } from '../content.js';
import type { LineOptions } from '../line.js';
import { ssh } from '../programs.js';
import { inTurn, median, type Outcome, type Row, timeOf } from '../row.js';

const questions = 40;
const startedBytes = 16 * 1024 ** 2;

export const commandRows: readonly Row[] = [
  commandRow(0, 0.01),
  commandRow(50, 0.24),
  {
    name: 'command-busy',
    what: 'a command during a bulk upload, 100 Mbit/s and 50 ms',
    against: 'the same, idle',
    atMost: 2,
    unit: 'ratio',
    measure: (bed, rounds) => commandWhileBusy(bed, rounds, { roundTripMs: 50, megabitsPerSecond: 100 }),
  },
];

function commandRow(roundTripMs: number, atMost: number): Row {
  return {
    name: `command-${roundTripMs}`,
    what: `a small command on a live connection, ${roundTripMs} ms`,
    against: '`ssh` over a ControlMaster',
    atMost,
    unit: 'ratio',
    measure: async (bed, rounds) => {
      const way = await bed.way({ roundTripMs });
      const agent = await Agent.start(way.host, runtime, never);
      try {
        return await inTurn(
          rounds,
          () => answerTime(agent),
          () => ssh(way, 'liveMachine', 'df .'),
        );
      } finally {
        agent.dispose();
      }
    },
  };
}

/** The median of some questions, one after the other. */
async function answerTime(agent: Agent): Promise<number> {
  const times: number[] = [];
  for (let asked = 0; asked < questions; asked += 1) times.push(await timeOf(() => agent.disk(never)));
  return median(times);
}

async function commandWhileBusy(bed: Bed, rounds: number, line: LineOptions): Promise<Outcome> {
  const { host } = await bed.way(line);
  const agent = await Agent.start(host, runtime, never);
  const folder = join(bed.here, 'busy');
  await makeFile(join(folder, 'model.bin'), 256 * 1024 ** 2);
  const times = { ours: [] as number[], peer: [] as number[] };
  try {
    for (let round = 0; round < rounds; round += 1) {
      await bed.clear();
      times.peer.push(await answerTime(agent));
      const upload = await Upload.start(host, { folder, cacheDir: join(bed.here, 'cache') });
      times.ours.push(await answerTime(agent));
      await upload.breakOff();
    }
  } finally {
    agent.dispose();
  }
  return times;
}

/** An upload that is well on its way. */
class Upload {
  readonly #end: Promise<unknown>;
  readonly #abort: AbortController;

  private constructor(end: Promise<unknown>, abort: AbortController) {
    this.#end = end;
    this.#abort = abort;
  }

  static async start(host: Host, source: SyncSource): Promise<Upload> {
    const abort = new AbortController();
    const { promise, resolve } = startedPromise();
    const onProgress = ({ phase, bytes }: SyncProgress): void => {
      if (phase === 'sending' && bytes > startedBytes) resolve();
    };
    const end = syncDataset(host, runtime, source, { onProgress }, abort.signal);
    end.catch(() => undefined);
    await Promise.race([promise, end]);
    return new Upload(end, abort);
  }

  async breakOff(): Promise<void> {
    if (await isSettled(this.#end)) throw new Error('the upload was over before the questions were');
    this.#abort.abort();
    await this.#end.catch(() => undefined);
  }
}

function startedPromise(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((settle) => (resolve = settle));
  return { promise, resolve };
}

function isSettled(promise: Promise<unknown>): Promise<boolean> {
  return Promise.race([promise.then(() => true), Promise.resolve(false)]);
}
