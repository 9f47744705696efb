import type { MetricColumns } from '../src/protocol.js';
import { LineChart } from './chart.js';
import { element, setText } from './element.js';
import type { FamilyId, MetricKind } from './families.js';
import { formatNumber, formatPosition } from '../src/format.js';
import { lineStyles } from './lineStyle.js';
import type { Marks } from './marks.js';
import { MetricTable, type MetricRow } from './metricTable.js';
import { bucketsFor, PlotLine } from './plotLine.js';
import { chooseAxis, MetricSeries, type Axis } from './series.js';
import { strings } from './strings.js';
import type { Theme } from './theme.js';

/** What a family needs of those around it. */
export interface FamilyContext {
  readonly theme: Theme;
  /** Whether the user has switched this metric's line off. */
  isHidden(metric: string): boolean;
  toggle(metric: string): void;
  /** The chart has another width and wants to be drawn again. */
  onResize(family: FamilyView): void;
}

/** One metric family: its chart, its table, and a note on values that are no numbers. */
export class FamilyView {
  readonly root: HTMLElement;
  readonly family: FamilyId;
  readonly #chart: LineChart;
  readonly #table: MetricTable;
  readonly #note = element('p', 'note');
  readonly #context: FamilyContext;
  readonly #lines = new Map<string, PlotLine>();

  constructor(kind: MetricKind, context: FamilyContext) {
    const title = kind.family === 'other' ? kind.base : strings.families[kind.family];
    const canvas = element('canvas');
    canvas.setAttribute('role', 'img');
    canvas.setAttribute('aria-label', strings.chartOf(title));
    const plot = element('div', 'plot', canvas);
    this.family = kind.family;
    this.#context = context;
    this.#table = new MetricTable(title, (name) => context.toggle(name));
    this.root = element('section', 'family', element('h3', '', title), plot, this.#note, this.#table.root);
    this.#chart = new LineChart(canvas, context.theme, () => context.onResize(this));
  }

  append(columns: MetricColumns): void {
    let line = this.#lines.get(columns.name);
    if (!line) this.#lines.set(columns.name, (line = new PlotLine(new MetricSeries(columns.name))));
    line.series.append(columns);
  }

  draw(): void {
    const { theme } = this.#context;
    const lines = [...this.#lines.values()];
    const axis = chooseAxis(lines.map(({ series }) => series));
    const capacity = bucketsFor(this.#chart.plotWidthPx);
    const styles = lineStyles(
      lines.map(({ series }) => series.kind),
      theme,
    );
    const drawn = lines.map((line, index) => {
      const { series } = line;
      const points = line.points(axis, capacity);
      return {
        line,
        name: series.name,
        points,
        thinned: points.length < series.length,
        style: styles[index] ?? { colour: theme.foreground, dash: [] },
        visible: !this.#context.isHidden(series.name),
      };
    });
    this.#chart.draw({ theme, axis, lines: drawn, ...marksOf(drawn, axis) });
    this.#table.show(
      drawn.map((item) => ({ ...item, ...textsOf(item.line.series, axis) })),
      axis,
    );
    this.#showNote(lines, axis);
  }

  dispose(): void {
    this.#chart.dispose();
    this.root.remove();
  }

  #showNote(lines: readonly PlotLine[], axis: Axis): void {
    const count = lines.reduce((sum, { series }) => sum + series.notFiniteCount, 0);
    this.#note.hidden = count === 0;
    if (count === 0) return;
    const first = Math.min(...lines.flatMap((line) => line.brokenAt().slice(0, 1)));
    setText(this.#note, strings.notFinite(count, axis, formatPosition(first)));
  }
}

interface DrawnLine {
  readonly line: PlotLine;
  readonly style: { readonly colour: string };
  readonly visible: boolean;
}

function marksOf(lines: readonly DrawnLine[], axis: Axis): Pick<Marks, 'best' | 'broken'> {
  const visible = lines.filter((line) => line.visible);
  return {
    best: visible.flatMap(({ line: { series }, style: { colour } }) => {
      const index = series.bestIndex;
      return index < 0 ? [] : [{ x: series.x(index, axis), y: series.value(index), colour }];
    }),
    broken: visible.flatMap(({ line, style: { colour } }) => line.brokenAt().map((x) => ({ x, colour }))),
  };
}

function textsOf(series: MetricSeries, axis: Axis): Pick<MetricRow, 'last' | 'best' | 'bestAt'> {
  const { bestIndex } = series;
  return {
    last: formatNumber(series.value(series.length - 1)),
    best: bestIndex < 0 ? '' : formatNumber(series.value(bestIndex)),
    bestAt: bestIndex < 0 ? '' : formatPosition(series.x(bestIndex, axis)),
  };
}
