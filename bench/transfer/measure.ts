// What bench/transfer.ts bundles and runs.
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Bed } from './bed.js';
import { commandRows } from './rows/command.js';
import { downloadRows } from './rows/download.js';
import { enduranceRows } from './rows/endurance.js';
import { floorRows } from './rows/floor.js';
import { logRows } from './rows/log.js';
import { uploadRows } from './rows/upload.js';
import { lineOf, type Measured, writeTable } from './table.js';

const rows = [...uploadRows, ...downloadRows, ...floorRows, ...logRows, ...commandRows, ...enduranceRows];

const { values, positionals } = parseArgs({
  options: {
    rounds: { type: 'string' },
    quick: { type: 'boolean', default: false },
    table: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});
/** One row each of what a change may make slower. */
const quickRows = ['small-0', 'small-50', 'again-50', 'down-50', 'log-loop', 'command-50'];
const rounds = Number(values.rounds ?? (values.quick ? 2 : 5));
const isWanted = (name: string): boolean =>
  values.quick
    ? quickRows.includes(name)
    : positionals.length === 0 || positionals.some((beginning) => name.startsWith(beginning));
const chosen = rows.filter(({ name }) => isWanted(name));
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
if (values.table) await writeTable(rows, measured, rounds);
