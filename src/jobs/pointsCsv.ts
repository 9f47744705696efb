import type { ProgressPoint } from '../recipes/progress/index.js';

/** A table with a header, a row for each point and a column for each metric that occurs; gaps are empty. */
export function pointsToCsv(points: readonly ProgressPoint[]): string {
  const names = [...new Set(points.flatMap(({ metrics }) => Object.keys(metrics)))];
  const header = ['line', 'epoch', 'totalEpochs', 'step', 'totalSteps', ...names];
  const rows = points.map(({ line, epoch, totalEpochs, step, totalSteps, metrics }) => [
    line,
    epoch,
    totalEpochs,
    step,
    totalSteps,
    ...names.map((name) => metrics[name] ?? null),
  ]);
  return [header, ...rows].map((row) => row.map(cell).join(',')).join('\n');
}

function cell(value: string | number | null): string {
  const text = value === null ? '' : String(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
