import { readFile, writeFile } from 'node:fs/promises';
import { cpus, release } from 'node:os';
import { median, type Outcome, result, type Row } from './row.js';

export interface Measured {
  readonly row: Row;
  readonly outcome: Outcome;
}

const page = 'docs/performance.md';
const begin = '<!-- made by npm run bench: begin -->';
const end = '<!-- end -->';

/** One row as a line of text, for whoever watches. */
export function lineOf({ row, outcome }: Measured): string {
  const { what, against, ours, peer, found, budget, verdict } = cellsOf({ row, outcome });
  const peers = outcome.peer === undefined ? '' : `, ${against} ${peer}`;
  return `${what}: ${ours}${peers} → ${found} (${budget}, ${verdict})`;
}

/**
 * Puts what was measured into the page, in place of what stood there.
 * @param rows all that the table has, in its order; of those that were not measured, their lines stay
 */
export async function writeTable(
  rows: readonly Row[],
  measured: readonly Measured[],
  rounds: number,
): Promise<void> {
  const text = await readFile(page, 'utf8');
  const [start, stop] = [text.indexOf(begin), text.indexOf(end)];
  if (start < 0 || stop < start) throw new Error(`${page} has no place for the table`);
  const table = tableOf(rows, measured, text.slice(start, stop).split('\n'), rounds);
  await writeFile(page, `${text.slice(0, start)}${begin}\n\n${table}\n${text.slice(stop)}`);
}

function tableOf(
  rows: readonly Row[],
  measured: readonly Measured[],
  before: readonly string[],
  rounds: number,
): string {
  const notes = [...new Set(rows.map(({ note }) => note).filter((note) => note !== undefined))];
  const lines = rows.flatMap((row) => {
    const mark = row.note === undefined ? '' : ` (${notes.indexOf(row.note) + 1})`;
    const head = `| ${row.what}${mark} | ${row.against} |`;
    const outcome = measured.find((each) => each.row === row)?.outcome;
    if (outcome === undefined) return before.filter((line) => line.startsWith(head));
    const { ours, peer, found, budget, verdict } = cellsOf({ row, outcome });
    return [`${head} ${ours} | ${peer} | **${found}** | ${budget} | ${verdict} |`];
  });
  return [
    '| what | against | ours | theirs | found | budget | |',
    '|---|---|---|---|---|---|---|',
    ...lines,
    '',
    `Medians of ${rounds} rounds, on ${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), ` +
      `Linux ${release()}, Node ${process.versions.node}.`,
    ...notes.map((note, index) => `(${index + 1}) ${note}.`),
    '',
  ].join('\n');
}

interface Cells {
  readonly what: string;
  readonly against: string;
  readonly ours: string;
  readonly peer: string;
  readonly found: string;
  readonly budget: string;
  readonly verdict: 'met' | 'not met' | '–';
}

function cellsOf({ row, outcome }: Measured): Cells {
  const found = result(outcome);
  const { what, against, atMost } = row;
  return {
    what,
    against,
    ours: row.unit === 'ratio' ? milliseconds(median(outcome.ours)) : '',
    peer: outcome.peer === undefined ? '' : milliseconds(median(outcome.peer)),
    found: withUnit(found, row.unit),
    budget: atMost === undefined ? '–' : `≤ ${withUnit(atMost, row.unit)}`,
    verdict: verdictOn(found, atMost),
  };
}

function verdictOn(found: number, atMost: number | undefined): Cells['verdict'] {
  if (atMost === undefined) return '–';
  return found <= atMost ? 'met' : 'not met';
}

function withUnit(value: number, unit: Row['unit']): string {
  if (unit === 'losses') return String(value);
  const digits = value >= 100 ? 0 : value >= 0.1 ? 2 : 4;
  return `${Number(value.toFixed(digits))}${unit === 'ratio' ? '' : ` ${unit}`}`;
}

function milliseconds(value: number): string {
  if (value >= 10_000) return `${(value / 1000).toFixed(1)} s`;
  return value >= 100 ? `${value.toFixed(0)} ms` : `${Number(value.toPrecision(2))} ms`;
}
