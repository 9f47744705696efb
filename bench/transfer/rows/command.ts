import { join } from 'node:path';
import { Agent } from '../../../src/remote/agent.js';
import type { Host } from '../../../src/remote/host.js';
import { syncDataset, type SyncProgress, type SyncSource } from '../../../src/remote/transfer/sync.js';
import { never, runtime } from '../../../test/support/transferFixture.js';
import type { Bed } from '../bed.js';
import { Busy } from '../busy.js';
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
      const upload = await uploadUnderWay(host, { folder, cacheDir: join(bed.here, 'cache') });
      times.ours.push(await answerTime(agent));
      await upload.breakOff();
    }
  } finally {
    agent.dispose();
  }
  return times;
}

function uploadUnderWay(host: Host, source: SyncSource): Promise<Busy> {
  return Busy.start((isUnderWay, signal) => {
    const onProgress = ({ phase, bytes }: SyncProgress): void => {
      if (phase === 'sending' && bytes > startedBytes) isUnderWay();
    };
    return syncDataset(host, runtime, source, { onProgress }, signal);
  });
}
