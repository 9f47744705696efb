import { svgElement } from './element.js';

const widthPx = 48;
const heightPx = 14;

/** A small line of percentages, 0 at the foot and 100 at the top; takes its colour from the text around it. */
export function sparkline(percents: readonly (number | null)[], capacity: number): SVGSVGElement {
  const picture = svgElement('svg', {
    class: 'sparkline',
    width: String(widthPx),
    height: String(heightPx),
    viewBox: `0 0 ${String(widthPx)} ${String(heightPx)}`,
    'aria-hidden': 'true',
  });
  picture.append(svgElement('path', { d: pathOf(percents, capacity) }));
  return picture;
}

/** The newest value stands at the right edge; an unknown value breaks the line. */
function pathOf(percents: readonly (number | null)[], capacity: number): string {
  const spacing = widthPx / Math.max(1, capacity - 1);
  let pen = 'M';
  let path = '';
  percents.forEach((percent, index) => {
    if (percent === null) {
      pen = 'M';
      return;
    }
    const x = widthPx - (percents.length - 1 - index) * spacing;
    const y = heightPx - 1 - (Math.min(100, Math.max(0, percent)) / 100) * (heightPx - 2);
    path += `${pen}${x.toFixed(1)} ${y.toFixed(1)}`;
    pen = 'L';
  });
  return path;
}
