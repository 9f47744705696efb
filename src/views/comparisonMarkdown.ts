import type { ComparisonTable } from '../protocol.js';
import { table } from './jobMarkdown.js';

/** A comparison as a table of Markdown, the best of the results marked with a star. */
export function comparisonMarkdown({ jobs, rows }: ComparisonTable): string {
  const lines = rows.map(({ name, cells, best }) => [
    name,
    ...cells.map((cell, place) => (best.includes(place) ? `${cell ?? ''} ★` : (cell ?? ''))),
  ]);
  return [...table(['', ...jobs.map((job) => job.name)], lines).slice(1), ''].join('\n');
}
