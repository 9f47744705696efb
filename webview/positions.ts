import { formatDuration, formatPosition } from '../src/format.js';
import type { Axis } from './series.js';

/** A position of an axis for people: `12`, `100k`, `2 min 30 s`. */
export function formatOn(axis: Axis, position: number): string {
  return axis === 'time' ? formatDuration(position * 1000) : formatPosition(position);
}
