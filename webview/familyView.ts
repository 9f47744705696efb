import type { MetricColumns } from '../src/protocol.js';
import { LineChart, type ChartLine, type CursorValue } from './chart.js';
import type { ChartSettings } from './chartSettings.js';
import { element, setText } from './element.js';
import type { FamilyId, MetricKind } from '../src/metricKind.js';
import { formatNumber } from '../src/format.js';
import { lineStyles, runStyles, type LineStyle } from './lineStyle.js';
import type { Marks } from './marks.js';
import { MetricTable, type MetricRow } from './metricTable.js';
import type { PlotPoint } from './minMaxBuckets.js';
import { PlotGestures } from './plotGestures.js';
import { bucketsFor, PlotLine, type PlotWindow } from './plotLine.js';
import { formatOn } from './positions.js';
import type { Run } from './run.js';
import { chooseAxis, MetricSeries, type Axis, type Range } from './series.js';
import { strings } from './strings.js';
import type { Theme } from './theme.js';

/** What a family needs of those around it. */
export interface FamilyContext {
  readonly theme: Theme;
  readonly settings: ChartSettings;
  /** Whether the user has switched this line off. */
  isHidden(line: LineName): boolean;
  toggle(line: LineName): void;
  /** The chart has another width and wants to be drawn again. */
  onResize(family: FamilyView): void;
  /** The part of an axis that is looked at; `null` for all of it. */
  rangeOn(axis: Axis): Range | null;
  look(axis: Axis, range: Range | null): void;
  cursorOn(axis: Axis): number | null;
  /** `aloud`: what the lines say there is to be said, too. */
  moveCursor(family: FamilyView, position: number | null, aloud: boolean): void;
}

/** Which line of which job; without a job where only one is shown. */
export interface LineName {
  readonly metric: string;
  readonly run: Run | null;
}

interface Line extends LineName {
  readonly label: string;
  readonly plot: PlotLine;
}

/** One metric family: its chart, its table, and a note on values that cannot be drawn. */
export class FamilyView {
  readonly root: HTMLElement;
  readonly family: FamilyId;
  readonly title: string;
  readonly canvas = element('canvas');
  readonly #chart: LineChart;
  readonly #table: MetricTable;
  readonly #note = element('p', 'note');
  readonly #context: FamilyContext;
  readonly #lines = new Map<string, Line>();
  #axis: Axis = 'order';

  constructor(kind: MetricKind, title: string, context: FamilyContext) {
    this.family = kind.family;
    this.title = title;
    this.#context = context;
    this.canvas.setAttribute('role', 'img');
    this.canvas.setAttribute('aria-label', strings.chartOf(title));
    const plot = element('div', 'plot', this.canvas);
    plot.setAttribute('role', 'group');
    plot.setAttribute('aria-label', strings.plotOf(title));
    plot.title = strings.plotHelp;
    this.#table = new MetricTable(title, (label) => this.#toggle(label));
    this.root = element('section', 'family', element('h3', '', title), plot, this.#note, this.#table.root);
    this.#chart = new LineChart(this.canvas, context.theme, () => context.onResize(this));
    new PlotGestures(plot, this.#chart, {
      all: () => this.#extent(),
      cursor: () => context.cursorOn(this.#axis),
      moveCursor: (position, aloud) => context.moveCursor(this, position, aloud),
      look: (range) => context.look(this.#axis, range),
    });
  }

  /** What the horizontal axis counts now. */
  get axis(): Axis {
    return this.#axis;
  }

  /** What is drawn and not switched off, in the order of the legend. */
  get legend(): readonly { readonly label: string; readonly style: LineStyle }[] {
    const styles = this.#styles();
    return [...this.#lines.values()].flatMap((line, index) =>
      this.#context.isHidden(line) ? [] : [{ label: line.label, style: styles[index] ?? plainStyle }],
    );
  }

  append(columns: MetricColumns, run: Run | null): void {
    const label = run ? strings.lineOfRun(run.name, columns.name) : columns.name;
    const id = run ? `${run.id} ${columns.name}` : columns.name;
    let line = this.#lines.get(id);
    if (!line) {
      const plot = new PlotLine(new MetricSeries(columns.name));
      this.#lines.set(id, (line = { metric: columns.name, run, label, plot }));
    }
    line.plot.series.append(columns);
  }

  draw(): void {
    const { theme, settings } = this.#context;
    const lines = [...this.#lines.values()];
    this.#axis = chooseAxis(
      lines.map(({ plot }) => plot.series),
      settings.axis,
    );
    const window: PlotWindow = {
      axis: this.#axis,
      capacity: bucketsFor(this.#chart.area.width),
      smoothing: settings.smoothing,
      range: this.#context.rangeOn(this.#axis),
    };
    const styles = this.#styles();
    const drawn = lines.map((line, index) => this.#toDrawn(line, styles[index] ?? plainStyle, window));
    const { range } = window;
    const logarithmic = settings.logarithmic && drawn.some(({ points }) => points.some(({ y }) => y > 0));
    this.#chart.draw({
      theme,
      axis: this.#axis,
      logarithmic,
      range,
      lines: logarithmic ? drawn.map(aboveZero) : drawn,
      ...marksOf(drawn, window, logarithmic),
    });
    this.#table.show(
      drawn.map((item) => ({ ...item, ...textsOf(item.line.plot.series, this.#axis) })),
      this.#axis,
    );
    this.#showNote(drawn, logarithmic);
    this.showCursor(this.#context.cursorOn(this.#axis));
  }

  /** Puts the cursor at a position of the axis, or away. @returns what the lines say there */
  showCursor(position: number | null): readonly CursorValue[] {
    return this.#chart.showCursor(position);
  }

  dispose(): void {
    this.#chart.dispose();
    this.root.remove();
  }

  #styles(): LineStyle[] {
    const lines = [...this.#lines.values()];
    const { theme } = this.#context;
    const kinds = lines.map(({ plot }) => plot.series.kind);
    const places = lines.flatMap(({ run }) => (run ? [run.place] : []));
    return places.length === lines.length ? runStyles(kinds, places, theme) : lineStyles(kinds, theme);
  }

  #toDrawn(line: Line, style: LineStyle, window: PlotWindow): DrawnLine {
    const { plot, label } = line;
    const values = plot.points(window);
    const mean = plot.smoothed();
    return {
      line,
      name: label,
      points: mean ?? values,
      below: mean && values,
      thinned: values.length < plot.series.length && window.range === null,
      style,
      visible: !this.#context.isHidden(line),
    };
  }

  #toggle(label: string): void {
    const line = [...this.#lines.values()].find((candidate) => candidate.label === label);
    if (line) this.#context.toggle(line);
  }

  /** From the first to the last point of all lines. */
  #extent(): Range {
    const filled = [...this.#lines.values()]
      .map(({ plot }) => plot.series)
      .filter(({ length }) => length > 0);
    return {
      from: Math.min(...filled.map((series) => series.x(0, this.#axis))),
      to: Math.max(...filled.map((series) => series.x(series.length - 1, this.#axis))),
    };
  }

  #showNote(drawn: readonly DrawnLine[], logarithmic: boolean): void {
    const count = drawn.reduce((sum, { line }) => sum + line.plot.series.notFiniteCount, 0);
    const hasLow = logarithmic && drawn.some(({ points }) => points.some(({ y }) => y <= 0));
    const first = Math.min(...drawn.flatMap(({ line }) => line.plot.brokenAt().slice(0, 1)));
    const position = Number.isFinite(first) ? formatOn(this.#axis, first) : null;
    const notes = [
      ...(count > 0 ? [strings.notFinite(count, this.#axis, position)] : []),
      ...(hasLow ? [strings.notAboveZero] : []),
    ];
    this.#note.hidden = notes.length === 0;
    setText(this.#note, notes.join(' '));
  }
}

const plainStyle: LineStyle = { colour: 'currentColor', dash: [] };

interface DrawnLine extends ChartLine {
  readonly line: Line;
}

/** A logarithm has no place for zero and what is below: the line breaks there. */
function aboveZero(line: DrawnLine): DrawnLine {
  const broken = ({ x, y }: PlotPoint): PlotPoint => ({ x, y: y > 0 ? y : NaN });
  return { ...line, points: line.points.map(broken), below: line.below?.map(broken) ?? null };
}

function marksOf(
  lines: readonly DrawnLine[],
  { axis, range }: PlotWindow,
  logarithmic: boolean,
): Pick<Marks, 'best' | 'broken'> {
  const visible = lines.filter((line) => line.visible);
  const isSeen = (x: number): boolean => !range || (x >= range.from && x <= range.to);
  return {
    best: visible.flatMap(({ line: { plot }, style: { colour } }) => {
      const { series } = plot;
      const index = series.bestIndex;
      const x = series.x(index, axis);
      const y = series.value(index);
      return index < 0 || !isSeen(x) || (logarithmic && y <= 0) ? [] : [{ x, y, colour }];
    }),
    broken: visible.flatMap(({ line: { plot }, style: { colour } }) =>
      plot
        .brokenAt()
        .filter(isSeen)
        .map((x) => ({ x, colour })),
    ),
  };
}

function textsOf(series: MetricSeries, axis: Axis): Pick<MetricRow, 'last' | 'best' | 'bestAt'> {
  const { bestIndex } = series;
  return {
    last: formatNumber(series.value(series.length - 1)),
    best: bestIndex < 0 ? '' : formatNumber(series.value(bestIndex)),
    bestAt: bestIndex < 0 ? '' : formatOn(axis, series.x(bestIndex, axis)),
  };
}
