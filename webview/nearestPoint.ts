interface Position {
  readonly x: number;
  /** Not finite for a gap. */
  readonly y: number;
}

/** Index of the point closest to `x` among points ordered by x, gaps left out; -1 when there is none. */
export function nearestPoint(points: readonly Position[], x: number): number {
  let low = 0;
  let high = points.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((points[middle]?.x ?? Infinity) < x) low = middle + 1;
    else high = middle;
  }
  const right = finiteFrom(points, low, 1);
  const left = finiteFrom(points, low - 1, -1);
  if (left === -1 || right === -1) return Math.max(left, right);
  return x - (points[left]?.x ?? NaN) < (points[right]?.x ?? NaN) - x ? left : right;
}

function finiteFrom(points: readonly Position[], start: number, direction: 1 | -1): number {
  for (let index = start; index >= 0 && index < points.length; index += direction) {
    if (Number.isFinite(points[index]?.y)) return index;
  }
  return -1;
}
