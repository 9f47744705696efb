import type { ChaosResult } from './run.js';

/** What all runs came to, a line for each cloud. */
export function chaosTable(results: readonly ChaosResult[]): string {
  const clouds = [...new Set(results.map(({ cloud }) => cloud))].sort();
  const rows = clouds.map((cloud) =>
    toRow(
      cloud,
      results.filter((result) => result.cloud === cloud),
    ),
  );
  const all = [header, ...rows, toRow('all', results)];
  const widths = header.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  const lines = all.map((row) => row.map((cell, column) => cell.padStart(widths[column] ?? 0)).join('  '));
  return [...lines, '', ends(results)].join('\n');
}

const header = [
  'cloud',
  'runs',
  'drivers',
  'machines',
  'faults',
  'succeeded',
  'orphans',
  'lost',
  'doubled',
  'touched',
  'other',
];

function toRow(name: string, results: readonly ChaosResult[]): string[] {
  const sum = (count: (result: ChaosResult) => number): string =>
    String(results.reduce((total, result) => total + count(result), 0));
  const problems = (beginning: RegExp): string =>
    sum(({ problems: all }) => all.filter((problem) => beginning.test(problem)).length);
  return [
    name,
    String(results.length),
    sum(({ drivers }) => drivers),
    sum(({ machines }) => machines),
    sum(({ faults }) => faults),
    sum(({ end }) => (end === 'succeeded' ? 1 : 0)),
    problems(/^orphan/),
    problems(/^(lost model|models)/),
    problems(/^doubled/),
    problems(/^(touched|the machine of)/),
    problems(/^(not ended|key|spent)/),
  ];
}

function ends(results: readonly ChaosResult[]): string {
  const counts = new Map<string, number>();
  for (const { end } of results) counts.set(end, (counts.get(end) ?? 0) + 1);
  const sorted = [...counts].sort(([, a], [, b]) => b - a);
  return sorted.map(([end, count]) => `${count} × ${end}`).join(', ');
}
