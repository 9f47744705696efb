import type { Range } from './series.js';

/** A range is never narrower than this share of all there is. */
const finestShare = 1e-4;

/**
 * The part of `all` that is seen after coming nearer to (`factor` below 1) or going away from (above 1) a position;
 * `null` when that is everything.
 */
export function zoomed(seen: Range, all: Range, around: number, factor: number): Range | null {
  const width = (seen.to - seen.from) * factor;
  const share = (around - seen.from) / (seen.to - seen.from || 1);
  const from = around - share * width;
  return within({ from, to: from + width }, all);
}

/** The same amount of the axis, a share of it further on; `null` when everything is seen anyway. */
export function panned(seen: Range, all: Range, share: number): Range | null {
  const width = seen.to - seen.from;
  const wanted = seen.from + share * width;
  const from = Math.min(Math.max(wanted, all.from), Math.max(all.from, all.to - width));
  return within({ from, to: from + width }, all);
}

/** A range as it may be seen: in order, within what there is, and not too narrow; `null` for everything. */
export function within({ from, to }: Range, all: Range): Range | null {
  const least = (all.to - all.from) * finestShare;
  const low = Math.max(all.from, Math.min(from, to));
  const high = Math.min(all.to, Math.max(from, to));
  if (!(high > low) || (low <= all.from && high >= all.to)) return null;
  if (high - low >= least) return { from: low, to: high };
  const middle = Math.min(Math.max((low + high) / 2, all.from + least / 2), all.to - least / 2);
  return { from: middle - least / 2, to: middle + least / 2 };
}
