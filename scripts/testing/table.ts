import { sum, type Result } from './part.js';

/** What `npm test` ends with: a line for each part, then the sum alone on a line. */
export function table(results: readonly Result[]): string {
  const width = Math.max(...results.map(({ name }) => name.length));
  const lines = results.map(({ name, seconds, passed, failed, skipped, atSecondTry = [] }) =>
    [
      failed > 0 ? '✖' : '✔',
      name.padEnd(width),
      `${seconds.toFixed(1).padStart(6)} s`,
      `${String(passed).padStart(5)} passed`,
      `${String(failed).padStart(3)} failed`,
      ...(skipped > 0 ? [`${skipped} skipped`] : []),
      ...(atSecondTry.length > 0 ? [`only at the second try: ${atSecondTry.join(', ')}`] : []),
    ].join('  '),
  );
  const { passed, failed, skipped } = sum(results);
  const total = `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
  return [...lines, '', total].join('\n');
}
