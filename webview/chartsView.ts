import type { MetricColumns } from '../src/protocol.js';
import type { ChartSettings } from './chartSettings.js';
import { ChartToolbar } from './chartToolbar.js';
import { element, setText } from './element.js';
import { describeMetric, familyRank, type MetricKind } from '../src/metricKind.js';
import { formatNumber } from '../src/format.js';
import { FamilyView, type FamilyContext, type LineName } from './familyView.js';
import { formatOn } from './positions.js';
import type { Run } from './run.js';
import type { Axis, Range } from './series.js';
import { strings } from './strings.js';
import { readTheme, type Theme } from './theme.js';

/** What the user has chosen, worth remembering. */
export interface ChartChoices {
  /** Metrics, or jobs where several are compared, whose lines are switched off. */
  readonly hidden: readonly string[];
  readonly settings: ChartSettings;
}

/** A position of one kind of axis: charts that count something else have no place for it. */
interface Cursor {
  readonly axis: Axis;
  readonly position: number;
}

/** All charts of a job or of several. Draws at most once a frame, and only what has changed. */
export class ChartsView implements FamilyContext {
  readonly root: HTMLElement;
  readonly toolbar: ChartToolbar;
  readonly #empty = element('p', 'note', strings.noMetrics);
  readonly #grid = element('div', 'grid');
  readonly #spoken = element('p', 'unseen');
  readonly #families = new Map<string, FamilyView>();
  readonly #stale = new Set<FamilyView>();
  readonly #hidden: Set<string>;
  readonly #onDidChoose: (choices: ChartChoices) => void;
  #settings: ChartSettings;
  #theme: Theme = readTheme();
  #zoom: { readonly axis: Axis; readonly range: Range } | null = null;
  #cursor: Cursor | null = null;
  #frame = 0;

  /** `onDidChoose` hears of what the user has chosen when it changes. */
  constructor(choices: ChartChoices, onDidChoose: (choices: ChartChoices) => void) {
    this.#hidden = new Set(choices.hidden);
    this.#settings = choices.settings;
    this.#onDidChoose = onDidChoose;
    this.toolbar = new ChartToolbar(choices.settings, {
      change: (settings) => this.#change(settings),
      showAll: () => this.#look(null),
    });
    this.#spoken.setAttribute('role', 'status');
    this.root = element(
      'section',
      'charts',
      element('div', 'charts-head', element('h2', '', strings.charts), this.toolbar.root),
      this.#empty,
      this.#grid,
      this.#spoken,
    );
    this.#showEmptiness();
  }

  get theme(): Theme {
    return this.#theme;
  }

  get settings(): ChartSettings {
    return this.#settings;
  }

  /** In the order in which they stand. */
  get families(): readonly FamilyView[] {
    const places = [...this.#grid.children];
    return [...this.#families.values()].sort((a, b) => places.indexOf(a.root) - places.indexOf(b.root));
  }

  /** Forgets all charts. */
  clear(): void {
    for (const family of this.#families.values()) family.dispose();
    this.#families.clear();
    this.#stale.clear();
    this.#showEmptiness();
  }

  /** @param run whose metrics these are, where several jobs are compared */
  append(metrics: readonly MetricColumns[], run: Run | null = null): void {
    for (const columns of metrics) {
      const family = this.#familyOf(columns.name, run !== null);
      family.append(columns, run);
      this.#stale.add(family);
    }
    this.#showEmptiness();
    this.#schedule();
  }

  /** A job that has ended will report nothing more. */
  setEnded(ended: boolean): void {
    setText(this.#empty, ended ? strings.noMetricsAtEnd : strings.noMetrics);
  }

  changeTheme(): void {
    this.#theme = readTheme();
    this.#redraw();
  }

  isHidden(line: LineName): boolean {
    return this.#hidden.has(switchOf(line));
  }

  toggle(line: LineName): void {
    const name = switchOf(line);
    if (!this.#hidden.delete(name)) this.#hidden.add(name);
    this.#tellChoices();
    this.#redraw();
  }

  onResize(family: FamilyView): void {
    this.#stale.add(family);
    this.#schedule();
  }

  rangeOn(axis: Axis): Range | null {
    return this.#zoom?.axis === axis ? this.#zoom.range : null;
  }

  look(axis: Axis, range: Range | null): void {
    this.#look(range && { axis, range });
  }

  cursorOn(axis: Axis): number | null {
    return this.#cursor?.axis === axis ? this.#cursor.position : null;
  }

  moveCursor(family: FamilyView, position: number | null, aloud: boolean): void {
    if (position === null && this.#cursor === null) return;
    this.#cursor = position === null ? null : { axis: family.axis, position };
    for (const each of this.#families.values()) {
      const values = each.showCursor(this.cursorOn(each.axis));
      if (each === family && aloud && position !== null) {
        const said = values.map(({ name, y }) => `${name} ${formatNumber(y)}`);
        setText(this.#spoken, strings.atCursor(family.axis, formatOn(family.axis, position), said));
      }
    }
  }

  #look(zoom: { readonly axis: Axis; readonly range: Range } | null): void {
    if (zoom === null && this.#zoom === null) return;
    this.#zoom = zoom;
    this.toolbar.setZoomed(zoom !== null);
    this.#redraw();
  }

  #change(settings: ChartSettings): void {
    this.#settings = settings;
    this.#tellChoices();
    this.#redraw();
  }

  #tellChoices(): void {
    this.#onDidChoose({ hidden: [...this.#hidden], settings: this.#settings });
  }

  #showEmptiness(): void {
    this.#empty.hidden = this.families.some(({ family }) => family !== 'gpu');
    this.toolbar.root.hidden = this.#families.size === 0;
    this.root.classList.toggle('without-charts', this.#families.size === 0);
  }

  #redraw(): void {
    for (const family of this.#families.values()) this.#stale.add(family);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      for (const family of this.#stale) family.draw();
      this.#stale.clear();
    });
  }

  #familyOf(metric: string, isCompared: boolean): FamilyView {
    const kind = describeMetric(metric);
    const key = isCompared ? kind.base.toLowerCase() : kind.familyKey;
    const known = this.#families.get(key);
    if (known) return known;
    const created = new FamilyView(kind, titleOf(kind, isCompared), this);
    this.#grid.insertBefore(created.root, this.#firstBehind(familyRank(kind.family)));
    this.#families.set(key, created);
    return created;
  }

  #firstBehind(rank: number): HTMLElement | null {
    const behind = this.families.find(({ family }) => familyRank(family) > rank);
    return behind?.root ?? null;
  }
}

/** Lines of several jobs are many: a chart holds one thing that is measured, on all parts of the data. */
function titleOf({ family, base }: MetricKind, isCompared: boolean): string {
  return isCompared || family === 'other' ? base : strings.families[family];
}

/** A job that is compared is switched off as a whole. */
const switchOf = ({ metric, run }: LineName): string => run?.id ?? metric;
