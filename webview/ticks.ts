/**
 * Round positions between two ends of a step or epoch axis, at most `count` of them: 5, 10, 15, never 1, 6, 11.
 * Whole numbers as long as the range has any to choose from.
 */
export function roundTicks(from: number, to: number, count: number): number[] {
  const range = to - from;
  if (!(range > 0)) return [from];
  const spacing = roundUp(range / Math.max(1, count), range >= 1 ? 1 : 0);
  const first = Math.ceil(from / spacing);
  const last = Math.floor(to / spacing);
  return Array.from({ length: last - first + 1 }, (_, index) => (first + index) * spacing);
}

/** The next of 1, 2, 5, 10, 20, 50, … times a power of ten, and no less than `smallest`. */
function roundUp(value: number, smallest: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const spacing = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= value);
  return Math.max(smallest, spacing ?? value);
}

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;
const clockSpacings = [
  ...[1, 2, 5, 10, 15, 30],
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * minute),
  ...[1, 2, 3, 6, 12].map((hours) => hours * hour),
];

/** Round moments between two ends of an axis in seconds, at most `count` of them, as a clock divides time. */
export function timeTicks(from: number, to: number, count: number): number[] {
  const range = to - from;
  if (!(range > 0)) return [from];
  const wanted = range / Math.max(1, count);
  const spacing = clockSpacings.find((seconds) => seconds >= wanted) ?? roundUp(wanted / day, 1) * day;
  const first = Math.ceil(from / spacing);
  const last = Math.floor(to / spacing);
  return Array.from({ length: last - first + 1 }, (_, index) => (first + index) * spacing);
}
