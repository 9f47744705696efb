/**
 * The data path beside the programs that people would use instead, over a real sshd, in turn.
 *
 * npm run bench transfer                    every row
 * npm run bench transfer small-0 down       rows whose names begin so
 * npm run bench transfer -- --rounds 3      fewer rounds than 5
 * npm run bench transfer -- --quick         two rounds of the rows that tell most
 * npm run bench transfer -- --table         every row, into the table of docs/performance.md; with names, those
 */
import { foreground } from '../scripts/foreground.js';

// As it ships: bundled, with ssh2 in plain JavaScript and the folder read in a thread of its own.
const built = await foreground(process.execPath, ['esbuild.mjs', '--bench']);
process.exitCode =
  built === 0
    ? await foreground(process.execPath, ['out/bench/measure.js', ...process.argv.slice(2)])
    : built;
