import { Interaction, type InteractionItem, type InteractionModeFunction } from 'chart.js';
import { nearestPoint } from './nearestPoint.js';

declare module 'chart.js' {
  interface InteractionModeMap {
    /** On every visible line the point nearest to the pointer's x, as far as the eye takes them for one place. */
    nearestOnEach: InteractionModeFunction;
  }
}

/** Points of thinned lines never share an x exactly. */
const samePlacePx = 3;

/** Teaches Chart.js the mode `nearestOnEach`. */
export function registerHoverMode(): void {
  Interaction.modes.nearestOnEach = (chart, { x: pointerPx }) => {
    if (pointerPx === null) return [];
    const found: { readonly item: InteractionItem; readonly distancePx: number }[] = [];
    for (const { data, index: datasetIndex } of chart.getSortedVisibleDatasetMetas()) {
      const index = nearestPoint(data, pointerPx);
      const point = data[index];
      if (point) {
        found.push({
          item: { element: point, datasetIndex, index },
          distancePx: Math.abs(point.x - pointerPx),
        });
      }
    }
    const closestPx = Math.min(...found.map(({ distancePx }) => distancePx));
    return found.filter(({ distancePx }) => distancePx <= closestPx + samePlacePx).map(({ item }) => item);
  };
}
