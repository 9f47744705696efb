/**
 * The data path beside the programs that people would use instead, over a real sshd, in turn.
 *
 * npm run bench transfer                    every row
 * npm run bench transfer small-0 down       rows whose names begin so
 * npm run bench transfer -- --rounds 3      fewer rounds than 5
 * npm run bench transfer -- --table         every row, and the table of docs/performance.md
 */
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Bed } from './transfer/bed.js';
import { commandRows } from './transfer/rows/command.js';
import { downloadRows } from './transfer/rows/download.js';
import { enduranceRows } from './transfer/rows/endurance.js';
import { logRows } from './transfer/rows/log.js';
import { uploadRows } from './transfer/rows/upload.js';
import { lineOf, type Measured, writeTable } from './transfer/table.js';

const rows = [...uploadRows, ...downloadRows, ...logRows, ...commandRows, ...enduranceRows];

const { values, positionals } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, table: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const rounds = Number(values.rounds);
const isWanted = (name: string): boolean =>
  positionals.length === 0 || positionals.some((beginning) => name.startsWith(beginning));
const chosen = rows.filter(({ name }) => values.table || isWanted(name));
if (chosen.length === 0 || !Number.isInteger(rounds) || rounds < 1) {
  console.error(`Say some of ${rows.map(({ name }) => name).join(', ')}; --rounds takes a whole number.`);
  process.exit(2);
}

// Disks are not what is measured: what fits goes into memory.
if (existsSync('/dev/shm')) process.env.TMPDIR ??= '/dev/shm';
const measured: Measured[] = [];
const bed = await Bed.open();
try {
  for (const row of chosen) {
    const done = { row, outcome: await row.measure(bed, rounds) };
    measured.push(done);
    console.log(lineOf(done));
  }
} finally {
  await bed.close();
}
if (values.table) await writeTable(measured, rounds);
