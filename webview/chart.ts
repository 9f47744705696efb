import {
  Chart,
  LinearScale,
  LineController,
  LineElement,
  LogarithmicScale,
  PointElement,
  Tooltip,
  type ChartDataset,
} from 'chart.js';
import { lineChartOptions, type ChartLook } from './chartOptions.js';
import type { LineStyle } from './lineStyle.js';
import { marksPlugin, type Marks } from './marks.js';
import type { PlotPoint } from './minMaxBuckets.js';
import { nearestItems } from './nearestItems.js';
import type { Range } from './series.js';
import type { Theme } from './theme.js';

Chart.register(LineController, LineElement, PointElement, LinearScale, LogarithmicScale, Tooltip);

export interface ChartLine {
  readonly name: string;
  /** Ordered by x; a y of NaN breaks the line. */
  readonly points: PlotPoint[];
  /** Drawn faintly below the line: the values that its points are the mean of. */
  readonly below: PlotPoint[] | null;
  /**
   * The points are the extremes of many more: a ragged band, drawn thin and, where colour may tell lines apart, solid.
   * Dashes would look like noise and take long.
   */
  readonly thinned: boolean;
  readonly style: LineStyle;
  readonly visible: boolean;
}

export interface ChartContent extends Marks, ChartLook {
  readonly lines: readonly ChartLine[];
}

/** What a line says at the cursor. */
export interface CursorValue {
  readonly name: string;
  readonly x: number;
  readonly y: number;
}

/** So few points are drawn as dots too. */
const dottedUpTo = 40;
/** Opacity of what is drawn below a line, in hexadecimal. */
const faint = '55';

/** Lines over one axis in a canvas. Knows nothing of jobs. */
export class LineChart {
  readonly #chart: Chart<'line', PlotPoint[]>;
  readonly #onResize: () => void;
  #content: ChartContent;

  /** `onResize`: the chart has another width, for which another number of points may be right. */
  constructor(canvas: HTMLCanvasElement, theme: Theme, onResize: () => void) {
    this.#onResize = onResize;
    const look: ChartLook = { theme, axis: 'order', logarithmic: false, range: null };
    this.#content = { ...look, lines: [], best: [], broken: [] };
    this.#chart = new Chart(canvas, {
      type: 'line',
      data: { datasets: [] },
      options: lineChartOptions(look, onResize),
      plugins: [marksPlugin(() => this.#content)],
    });
  }

  /** The space for lines between the axes, in pixels from the corner of the canvas. */
  get area(): {
    readonly left: number;
    readonly top: number;
    readonly width: number;
    readonly height: number;
  } {
    return this.#chart.chartArea;
  }

  /** The part of the axis that is seen. */
  get seen(): Range {
    return { from: this.#chart.scales.x?.min ?? NaN, to: this.#chart.scales.x?.max ?? NaN };
  }

  /** The position of the axis at a pixel from the left edge of the canvas. */
  positionAt(pixel: number): number {
    return this.#chart.scales.x?.getValueForPixel(pixel) ?? NaN;
  }

  draw(content: ChartContent): void {
    if (!looksLike(content, this.#content)) {
      this.#chart.options = lineChartOptions(content, this.#onResize);
    }
    this.#content = content;
    const { lines, theme } = content;
    const { data } = this.#chart;
    const datasets = [
      ...lines.map((line) => toDataset(line, theme)),
      ...lines.filter(({ below }) => below !== null).map(toDatasetBelow),
    ];
    data.datasets = datasets.map((dataset, index) => Object.assign(data.datasets[index] ?? {}, dataset));
    this.#chart.update('none');
  }

  /** Puts the cursor at a position of the axis, or away. @returns what the lines say there */
  showCursor(position: number | null): readonly CursorValue[] {
    const { chartArea, scales, tooltip } = this.#chart;
    const pixel = position === null ? NaN : (scales.x?.getPixelForValue(position) ?? NaN);
    const isSeen = pixel >= chartArea.left - 1 && pixel <= chartArea.right + 1;
    const items = isSeen ? nearestItems(this.#chart, pixel, this.#content.lines.length) : [];
    if (items.length === 0 && this.#chart.getActiveElements().length === 0) return [];
    this.#chart.setActiveElements(items);
    tooltip?.setActiveElements(items, { x: isSeen ? pixel : 0, y: (chartArea.top + chartArea.bottom) / 2 });
    this.#chart.render();
    return items.flatMap(({ datasetIndex, index }) => {
      const dataset = this.#chart.data.datasets[datasetIndex];
      const point = dataset?.data[index];
      return point ? [{ name: dataset.label ?? '', ...point }] : [];
    });
  }

  /** The next position that a visible line has a point at; from outside of what is seen the first or the last. */
  neighbourOf(position: number | null, direction: 1 | -1): number | null {
    const { from, to } = this.seen;
    const start = position ?? (direction === 1 ? from - 1 : to + 1);
    const candidates = this.#content.lines.flatMap(({ points, visible }) =>
      visible
        ? points.filter(
            ({ x, y }) => Number.isFinite(y) && (x - start) * direction > 0 && x >= from && x <= to,
          )
        : [],
    );
    const nearest = candidates.reduce(
      (best, { x }) => (Math.abs(x - start) < Math.abs(best - start) ? x : best),
      Infinity,
    );
    return Number.isFinite(nearest) ? nearest : position;
  }

  dispose(): void {
    this.#chart.destroy();
  }
}

function looksLike(a: ChartLook, b: ChartLook): boolean {
  return a.theme === b.theme && a.axis === b.axis && a.logarithmic === b.logarithmic && a.range === b.range;
}

function toDataset(
  { name, points, thinned, style, visible }: ChartLine,
  theme: Theme,
): ChartDataset<'line', PlotPoint[]> {
  return {
    label: name,
    data: points,
    hidden: !visible,
    borderColor: style.colour,
    backgroundColor: style.colour,
    borderWidth: thinned ? 1 : theme.highContrast ? 2 : 1.5,
    borderDash: thinned && !theme.highContrast ? [] : [...style.dash],
    borderJoinStyle: thinned ? 'bevel' : 'round',
    pointRadius: points.length <= dottedUpTo ? 2 : 0,
    pointBorderWidth: 0,
    pointHoverRadius: 4,
  };
}

function toDatasetBelow({ name, below, style, visible }: ChartLine): ChartDataset<'line', PlotPoint[]> {
  const colour = /^#[\da-f]{6}$/i.test(style.colour)
    ? style.colour + faint
    : `color-mix(in srgb, ${style.colour} 33%, transparent)`;
  return {
    label: name,
    data: below ?? [],
    hidden: !visible,
    borderColor: colour,
    backgroundColor: colour,
    borderWidth: 1,
    borderDash: [],
    borderJoinStyle: 'bevel',
    pointRadius: 0,
    pointBorderWidth: 0,
    pointHoverRadius: 0,
  };
}
