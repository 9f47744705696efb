import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { HostProcess } from '../../../src/remote/host.js';
import type { SshConnection } from '../../../src/remote/ssh/connection.js';
import { openSshConnection } from '../../../test/support/sshHost.js';
import { never } from '../../../test/support/transferFixture.js';
import type { Bed, Way } from '../bed.js';
import { makeFile, makeFolder, requireSame } from '../content.js';
import { rsyncAnew, scpDownAnew } from '../peers.js';
import { timeProgram } from '../programs.js';
import { type Contender, inTurn, type Outcome, type Row, timeOf } from '../row.js';
import { small } from './upload.js';

const downBytes = 500e6;

/**
 * The bytes of other rows alone, over the same ssh2, or OpenSSH, and the same sshd. Nothing is hashed, named by its
 * content, resumed or compared.
 */
export const floorRows: readonly Row[] = [
  floorRow('down', '500 MB of `cat` by ssh2, dropped', '`scp`', downFloor),
  floorRow('small', '10,000 × 10 KB by `tar`, over a ControlMaster', '`rsync -a`', smallFloor),
];

function floorRow(
  name: string,
  what: string,
  against: string,
  measure: (bed: Bed, way: Way, rounds: number) => Promise<Outcome>,
): Row {
  return {
    name: `floor-${name}`,
    what: `*floor:* ${what}, 0 ms`,
    against,
    atMost: undefined,
    unit: 'ratio',
    measure: async (bed, rounds) => measure(bed, await bed.way({ roundTripMs: 0 }), rounds),
  };
}

async function downFloor(bed: Bed, way: Way, rounds: number): Promise<Outcome> {
  const path = await makeFile(join(bed.there, 'floor-down'), downBytes);
  const connection = await openSshConnection(bed, way.endpoint);
  try {
    return await inTurn(rounds, dropOutput(connection, path), scpDownAnew(bed, way, path));
  } finally {
    connection.dispose();
    await rm(path);
  }
}

async function smallFloor(bed: Bed, way: Way, rounds: number): Promise<Outcome> {
  const folder = await makeFolder(join(bed.here, `noise-${small.count}`), small);
  return inTurn(rounds, packAcross(bed, way, folder), rsyncAnew(bed, way, folder, ['-a']));
}

function dropOutput(connection: SshConnection, path: string): Contender {
  return async () => {
    const cat = await connection.exec(`cat ${path}`, never);
    cat.stdin.end();
    let bytes = 0;
    const ms = await timeOf(async () => {
      cat.stdout.on('data', (piece: Buffer) => (bytes += piece.length));
      await requireGoodEnd(cat);
    });
    requireBytes(bytes, downBytes);
    return ms;
  };
}

function packAcross(bed: Bed, way: Way, folder: string): Contender {
  const copy = join(bed.there, 'floor');
  const across = `ssh ${way.config.join(' ')} ${way.liveMachine} 'tar -C ${copy} -xof -'`;
  return async () => {
    await rm(copy, { recursive: true, force: true });
    await mkdir(copy);
    const ms = await timeProgram('sh', ['-c', `tar -C ${folder} -cf - . | ${across}`]);
    await requireSame(folder, copy);
    return ms;
  };
}

async function requireGoodEnd({ exit }: HostProcess): Promise<void> {
  const end = await exit;
  if (end.kind !== 'code' || end.code !== 0) throw new Error(`cat ended with ${JSON.stringify(end)}`);
}

function requireBytes(found: number, wanted: number): void {
  if (found !== wanted) throw new Error(`${found} bytes came of ${wanted}`);
}
