import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { SshConnection } from '../../../src/remote/ssh/connection.js';
import { openSshConnection } from '../../../test/support/sshHost.js';
import { never } from '../../../test/support/transferFixture.js';
import type { Bed, Way } from '../bed.js';
import { makeFile, makeFolder } from '../content.js';
import { rsync, scpDown, timeProgram } from '../programs.js';
import { type Contender, inTurn, type Row, timeOf } from '../row.js';

const blockBytes = 1024 ** 2;
const largeBytes = 1024 ** 3;
const downBytes = 500e6;

/**
 * What no program of ours can do in less time here: the bytes alone, over the same ssh2 and the same sshd. Nothing is
 * read, hashed, named, resumed or compared.
 */
export const floorRows: readonly Row[] = [
  {
    name: 'floor-large',
    what: '*floor:* 1 GiB of one block of memory, by ssh2, to `cat >` a file, 0 ms',
    against: '`rsync -a`',
    atMost: undefined,
    unit: 'ratio',
    measure: (bed, rounds) =>
      overConnection(bed, async (way, connection) => {
        const folder = join(bed.here, 'floor-large');
        await makeFile(join(folder, 'model.bin'), largeBytes);
        return inTurn(rounds, sendBlocks(bed, connection), anew(bed, way, folder));
      }),
  },
  {
    name: 'floor-down',
    what: '*floor:* 500 MB of `cat` by ssh2, dropped, 0 ms',
    against: '`scp`',
    atMost: undefined,
    unit: 'ratio',
    measure: (bed, rounds) =>
      overConnection(bed, async (way, connection) => {
        const path = await makeFile(join(bed.there, 'floor-down'), downBytes);
        return inTurn(rounds, () => dropOutput(connection, `cat ${path}`), copyDown(bed, way, path));
      }),
  },
  {
    name: 'floor-small',
    what: '*floor:* 10,000 × 10 KB by `tar`, over a ControlMaster, 0 ms',
    against: '`rsync -a`',
    atMost: undefined,
    unit: 'ratio',
    measure: async (bed, rounds) => {
      const way = await bed.way({ roundTripMs: 0 });
      const folder = await makeFolder(join(bed.here, 'noise-10000'), {
        count: 10_000,
        bytes: 10_240,
        kind: 'noise',
      });
      return inTurn(rounds, packAcross(bed, way, folder), anew(bed, way, folder));
    },
  },
];

async function overConnection<T>(
  bed: Bed,
  measure: (way: Way, connection: SshConnection) => Promise<T>,
): Promise<T> {
  const way = await bed.way({ roundTripMs: 0 });
  const connection = await openSshConnection(bed, way.endpoint);
  try {
    return await measure(way, connection);
  } finally {
    connection.dispose();
  }
}

function sendBlocks(bed: Bed, connection: SshConnection): Contender {
  const path = join(bed.there, 'floor');
  const block = Buffer.alloc(blockBytes, 'x');
  return async () => {
    await rm(path, { force: true });
    const cat = await connection.exec(`cat > ${path}`, never);
    cat.stdout.resume();
    return timeOf(async () => {
      for (let sent = 0; sent < largeBytes; sent += block.length)
        await new Promise<void>((resolve) => cat.stdin.write(block, () => resolve()));
      cat.stdin.end();
      await cat.exit;
    });
  };
}

async function dropOutput(connection: SshConnection, command: string): Promise<number> {
  const process = await connection.exec(command, never);
  process.stdin.end();
  return timeOf(async () => {
    process.stdout.resume();
    await process.exit;
  });
}

function packAcross(bed: Bed, way: Way, folder: string): Contender {
  const copy = join(bed.there, 'floor');
  const across = `ssh ${way.config.join(' ')} ${way.liveMachine} 'tar -C ${copy} -xof -'`;
  return async () => {
    await rm(copy, { recursive: true, force: true });
    await mkdir(copy);
    return timeProgram('sh', ['-c', `tar -C ${folder} -cf - . | ${across}`]);
  };
}

function anew(bed: Bed, way: Way, folder: string): Contender {
  const copy = join(bed.there, 'rsync');
  return async () => {
    await rm(copy, { recursive: true, force: true });
    return rsync(way, ['-a'], folder, copy);
  };
}

function copyDown(bed: Bed, way: Way, remotePath: string): Contender {
  const path = join(bed.here, 'copied');
  return async () => {
    await rm(path, { force: true });
    return scpDown(way, remotePath, path);
  };
}
