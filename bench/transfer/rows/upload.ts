import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { SshHost } from '../../../src/remote/ssh/sshHost.js';
import { prepareUpload } from '../../../src/remote/transfer/prepareUpload.js';
import { syncDataset, type SyncResult, type SyncSource } from '../../../src/remote/transfer/sync.js';
import { never, runtime } from '../../../test/support/transferFixture.js';
import type { Bed, Way } from '../bed.js';
import { changeOne, type Files, makeFile, makeFolder, requireSame } from '../content.js';
import type { LineOptions } from '../line.js';
import { rsyncAnew } from '../peers.js';
import { rsync, scpUp, sftpClientUp, sftpUp } from '../programs.js';
import { type Contender, inTurn, type Outcome, type Row, timeOf } from '../row.js';

export const small: Files = { count: 10_000, bytes: 10_000, kind: 'noise' };
const tables: Files = { count: 2_000, bytes: 200_000, kind: 'text' };

export const uploadRows: readonly Row[] = [
  ...(
    [
      [0, 0.52],
      [50, 0.25],
      [150, 0.22],
    ] as const
  ).map(([roundTripMs, atMost]): Row => ({
    name: `small-${roundTripMs}`,
    what: `10,000 × 10 KB up, ${roundTripMs} ms`,
    against: '`rsync -a`',
    atMost,
    unit: 'ratio',
    measure: (bed, rounds) => upload(bed, rounds, { line: { roundTripMs }, files: small }),
  })),
  ...(
    [
      [0, 0.65],
      [50, 0.5],
      [150, 0.55],
    ] as const
  ).map(([roundTripMs, atMost]): Row => ({
    name: `small-cold-${roundTripMs}`,
    what: `10,000 × 10 KB up, ${roundTripMs} ms, with the login`,
    against: '`rsync -a`',
    atMost,
    unit: 'ratio',
    measure: (bed, rounds) => upload(bed, rounds, { line: { roundTripMs }, files: small, cold: true }),
  })),
  perFileRow('scp', '`scp -r`', scpUp),
  perFileRow('sftp', '`sftp` `put -r`', sftpUp),
  perFileRow('client', '`ssh2-sftp-client`', sftpClientUp),
  ...(
    [
      [0, 0.29],
      [50, 0.11],
      [150, 0.06],
    ] as const
  ).map(([roundTripMs, atMost]): Row => ({
    name: `again-${roundTripMs}`,
    what: `1 of 10,000 changed, ${roundTripMs} ms`,
    against: '`rsync -a`',
    atMost,
    unit: 'ratio',
    measure: (bed, rounds) => again(bed, rounds, { roundTripMs }),
  })),
  {
    name: 'text',
    what: '2,000 × 200 KB of text up, 100 Mbit/s and 50 ms',
    against: '`rsync -az`',
    atMost: 0.85,
    unit: 'ratio',
    measure: (bed, rounds) =>
      upload(bed, rounds, {
        line: { roundTripMs: 50, megabitsPerSecond: 100 },
        files: tables,
        rsync: ['-az'],
      }),
  },
  ...(
    [
      [0, 1024, 0.58],
      [50, 128, 0.39],
    ] as const
  ).map(([roundTripMs, mebibytes, atMost]): Row => ({
    name: `large-${roundTripMs}`,
    what: `${mebibytes === 1024 ? '1 GiB' : `${mebibytes} MiB`} up, ${roundTripMs} ms`,
    against: '`rsync -a`',
    atMost,
    unit: 'ratio',
    measure: (bed, rounds) => uploadLarge(bed, rounds, { roundTripMs }, mebibytes),
  })),
];

interface Upload {
  readonly line: LineOptions;
  readonly files: Files;
  /** With the login in the measured time. */
  readonly cold?: boolean;
  readonly rsync?: readonly string[];
}

async function upload(bed: Bed, rounds: number, plan: Upload): Promise<Outcome> {
  const way = await bed.way(plan.line);
  const folder = await makeFolder(join(bed.here, `${plan.files.kind}-${plan.files.count}`), plan.files);
  return inTurn(
    rounds,
    plan.cold === true ? coldSync(bed, way, folder) : warmSync(bed, way, folder),
    rsyncAnew(bed, way, folder, plan.rsync ?? ['-a']),
  );
}

async function uploadLarge(bed: Bed, rounds: number, line: LineOptions, mebibytes: number): Promise<Outcome> {
  const way = await bed.way(line);
  const folder = join(bed.here, `large-${mebibytes}`);
  await makeFile(join(folder, 'model.bin'), mebibytes * 1024 ** 2);
  return inTurn(rounds, warmSync(bed, way, folder), rsyncAnew(bed, way, folder, ['-a']));
}

function warmSync(bed: Bed, way: Way, folder: string): Contender {
  return async () => {
    await bed.clear();
    await prepareUpload(way.host, runtime, sourceOf(bed, folder), never);
    let sent: SyncResult | undefined;
    const ms = await timeOf(async () => (sent = await sync(bed, way.host, folder)));
    if (sent !== undefined) await requireSame(folder, sent.path);
    return ms;
  };
}

function coldSync(bed: Bed, way: Way, folder: string): Contender {
  return async () => {
    await bed.clear();
    const host = await way.coldHost();
    const ms = await timeOf(() => sync(bed, host, folder));
    host.dispose();
    return ms;
  };
}

function sync(bed: Bed, host: SshHost, folder: string): Promise<SyncResult> {
  return syncDataset(host, runtime, sourceOf(bed, folder), {}, never);
}

function sourceOf(bed: Bed, folder: string): SyncSource {
  return { folder, cacheDir: join(bed.here, 'cache') };
}

/** Both have sent the folder as it was before one file of it became another. */
async function again(bed: Bed, rounds: number, line: LineOptions): Promise<Outcome> {
  const way = await bed.way(line);
  const folder = await makeFolder(join(bed.here, 'noise-10000'), small);
  const copy = join(bed.there, 'rsync');
  await bed.clear();
  const afterChange =
    (send: () => Promise<unknown>): Contender =>
    async () => {
      await sync(bed, way.host, folder);
      await rsync(way, ['-a'], folder, copy);
      await changeOne(folder);
      await prepareUpload(way.host, runtime, sourceOf(bed, folder), never);
      return timeOf(send);
    };
  return inTurn(
    rounds,
    afterChange(async () => {
      const { sent } = await sync(bed, way.host, folder);
      if (sent !== 1) throw new Error(`${sent} files were sent, not the one that changed`);
    }),
    afterChange(() => rsync(way, ['-a'], folder, copy)),
  );
}

type SendFolder = (way: Way, folder: string, remote: string) => Promise<number>;

/** What needs a round trip or more for each file is given few, and what one more costs is counted for all. */
function perFileRow(name: string, against: string, send: SendFolder): Row {
  return {
    name: `small-50-${name}`,
    what: '10,000 × 10 KB up, 50 ms',
    against,
    atMost: 0.005,
    unit: 'ratio',
    note: 'the peer sends 5 and 25 files; what a file costs is counted 10,000 times',
    measure: async (bed, rounds) => {
      const way = await bed.way({ roundTripMs: 50 });
      const folder = await makeFolder(join(bed.here, 'noise-10000'), small);
      const [few, more] = await Promise.all(
        [5, 25].map((count) => makeFolder(join(bed.here, `few-${count}`), { ...small, count })),
      );
      const timed = async (source = ''): Promise<number> => {
        await rm(bed.there, { recursive: true, force: true });
        await mkdir(bed.there);
        return send(way, source, join(bed.there, 'copy'));
      };
      return inTurn(rounds, warmSync(bed, way, folder), async () => {
        const [short, long] = [await timed(few), await timed(more)];
        return short + ((long - short) / 20) * (small.count - 5);
      });
    },
  };
}
