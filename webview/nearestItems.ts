import type { ActiveElement, Chart } from 'chart.js';
import { nearestPoint } from './nearestPoint.js';

/** Points of thinned lines never share an x exactly. */
const samePlacePx = 3;

/**
 * On every visible line the point nearest to a pixel of the x axis, as far as the eye takes them for one place.
 * @param lines how many of the datasets are lines; those behind are drawn below them
 */
export function nearestItems(chart: Chart, pixel: number, lines: number): ActiveElement[] {
  const found: { readonly item: ActiveElement; readonly distancePx: number }[] = [];
  for (const { data, index: datasetIndex } of chart.getSortedVisibleDatasetMetas()) {
    if (datasetIndex >= lines) continue;
    const index = nearestPoint(data, pixel);
    const point = data[index];
    if (!point) continue;
    const item = { element: point, datasetIndex, index };
    found.push({ item, distancePx: Math.abs(point.x - pixel) });
  }
  const closestPx = Math.min(...found.map(({ distancePx }) => distancePx));
  return found.filter(({ distancePx }) => distancePx <= closestPx + samePlacePx).map(({ item }) => item);
}
