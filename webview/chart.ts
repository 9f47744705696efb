import {
  Chart,
  LinearScale,
  LineController,
  LineElement,
  PointElement,
  Tooltip,
  type ChartDataset,
} from 'chart.js';
import { lineChartOptions } from './chartOptions.js';
import { registerHoverMode } from './hoverMode.js';
import type { LineStyle } from './lineStyle.js';
import { marksPlugin, type Marks } from './marks.js';
import type { PlotPoint } from './minMaxBuckets.js';
import type { Axis } from './series.js';
import type { Theme } from './theme.js';

Chart.register(LineController, LineElement, PointElement, LinearScale, Tooltip);
registerHoverMode();

export interface ChartLine {
  readonly name: string;
  /** Ordered by x; a y of NaN breaks the line. */
  readonly points: PlotPoint[];
  /**
   * The points are the extremes of many more: a ragged band, drawn thin and, where colour may tell lines apart, solid.
   * Dashes would look like noise and take long.
   */
  readonly thinned: boolean;
  readonly style: LineStyle;
  readonly visible: boolean;
}

export interface ChartContent extends Marks {
  readonly theme: Theme;
  readonly axis: Axis;
  readonly lines: readonly ChartLine[];
}

/** So few points are drawn as dots too. */
const dottedUpTo = 40;

/** Lines over one axis in a canvas. Knows nothing of jobs. */
export class LineChart {
  readonly #chart: Chart<'line', PlotPoint[]>;
  readonly #onResize: () => void;
  #content: ChartContent;

  /** `onResize`: the chart has another width, for which another number of points may be right. */
  constructor(canvas: HTMLCanvasElement, theme: Theme, onResize: () => void) {
    this.#onResize = onResize;
    this.#content = { theme, axis: 'order', lines: [], best: [], broken: [] };
    this.#chart = new Chart(canvas, {
      type: 'line',
      data: { datasets: [] },
      options: lineChartOptions(theme, 'order', onResize),
      plugins: [marksPlugin(() => this.#content)],
    });
  }

  /** The space for lines between the axes. */
  get plotWidthPx(): number {
    return this.#chart.chartArea.width;
  }

  draw(content: ChartContent): void {
    if (content.theme !== this.#content.theme || content.axis !== this.#content.axis) {
      this.#chart.options = lineChartOptions(content.theme, content.axis, this.#onResize);
    }
    this.#content = content;
    const { data } = this.#chart;
    data.datasets = content.lines.map((line, index) =>
      Object.assign(data.datasets[index] ?? {}, toDataset(line, content.theme)),
    );
    this.#chart.update('none');
  }

  dispose(): void {
    this.#chart.destroy();
  }
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
