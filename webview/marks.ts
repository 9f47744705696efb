import type { Chart, Plugin } from 'chart.js';
import type { Theme } from './theme.js';

/** What a chart shows besides its lines, in values of its axes. */
export interface Marks {
  readonly theme: Theme;
  readonly best: readonly { readonly x: number; readonly y: number; readonly colour: string }[];
  /** Where values are not finite numbers. */
  readonly broken: readonly { readonly x: number; readonly colour: string }[];
}

const bestRadiusPx = 4;
const crossPx = 3;

/** Rings around best points, crosses at the foot of the chart for missing values, a hairline under the pointer. */
export function marksPlugin(marks: () => Marks): Plugin<'line'> {
  return {
    id: 'marks',
    beforeDatasetsDraw: (chart) => drawHairline(chart, marks().theme),
    afterDatasetsDraw: (chart) => {
      const { best, broken, theme } = marks();
      for (const { x, colour } of broken) drawCross(chart, x, colour);
      for (const { x, y, colour } of best) drawRing(chart, x, y, colour, theme.background);
    },
  };
}

function drawHairline({ ctx, chartArea, tooltip }: Chart, theme: Theme): void {
  const at = tooltip?.opacity ? tooltip.caretX : undefined;
  if (at === undefined) return;
  ctx.save();
  ctx.strokeStyle = theme.dimmed;
  ctx.lineWidth = 1;
  ctx.setLineDash([2, 2]);
  ctx.beginPath();
  ctx.moveTo(Math.round(at) + 0.5, chartArea.top);
  ctx.lineTo(Math.round(at) + 0.5, chartArea.bottom);
  ctx.stroke();
  ctx.restore();
}

function drawRing({ ctx, scales }: Chart, x: number, y: number, colour: string, background: string): void {
  const centreX = scales.x?.getPixelForValue(x) ?? NaN;
  const centreY = scales.y?.getPixelForValue(y) ?? NaN;
  ctx.save();
  ctx.beginPath();
  ctx.arc(centreX, centreY, bestRadiusPx, 0, 2 * Math.PI);
  ctx.fillStyle = background;
  ctx.fill();
  ctx.strokeStyle = colour;
  ctx.lineWidth = 2;
  ctx.stroke();
  ctx.restore();
}

function drawCross({ ctx, scales, chartArea }: Chart, x: number, colour: string): void {
  const centreX = scales.x?.getPixelForValue(x) ?? NaN;
  const centreY = chartArea.bottom - crossPx - 2;
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.lineWidth = 1.5;
  ctx.beginPath();
  ctx.moveTo(centreX - crossPx, centreY - crossPx);
  ctx.lineTo(centreX + crossPx, centreY + crossPx);
  ctx.moveTo(centreX - crossPx, centreY + crossPx);
  ctx.lineTo(centreX + crossPx, centreY - crossPx);
  ctx.stroke();
  ctx.restore();
}
