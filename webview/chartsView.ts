import type { MetricColumns } from '../src/protocol.js';
import { element } from './element.js';
import { describeMetric, familyRank } from './families.js';
import { FamilyView, type FamilyContext } from './familyView.js';
import { strings } from './strings.js';
import { readTheme, type Theme } from './theme.js';

/** All charts of a job, a metric family each. Draws at most once a frame, and only what has changed. */
export class ChartsView implements FamilyContext {
  readonly root: HTMLElement;
  readonly #empty = element('p', 'note', strings.noMetrics);
  readonly #grid = element('div', 'grid');
  readonly #families = new Map<string, FamilyView>();
  readonly #stale = new Set<FamilyView>();
  readonly #hidden: Set<string>;
  readonly #onDidHide: (metrics: readonly string[]) => void;
  #theme: Theme = readTheme();
  #frame = 0;

  /** `hidden` are the metrics the user has switched off before; `onDidHide` hears of all when they change. */
  constructor(hidden: readonly string[], onDidHide: (metrics: readonly string[]) => void) {
    this.root = element('section', 'charts', this.#empty, this.#grid);
    this.root.setAttribute('aria-label', strings.charts);
    this.#hidden = new Set(hidden);
    this.#onDidHide = onDidHide;
  }

  get theme(): Theme {
    return this.#theme;
  }

  /** Forgets all charts and shows these metrics. */
  replace(metrics: readonly MetricColumns[]): void {
    for (const family of this.#families.values()) family.dispose();
    this.#families.clear();
    this.#stale.clear();
    this.append(metrics);
  }

  append(metrics: readonly MetricColumns[]): void {
    for (const columns of metrics) {
      const family = this.#familyOf(columns.name);
      family.append(columns);
      this.#stale.add(family);
    }
    this.#empty.hidden = this.#families.size > 0;
    this.#schedule();
  }

  /** A job that has ended will report nothing more. */
  setEnded(ended: boolean): void {
    this.#empty.textContent = ended ? strings.noMetricsAtEnd : strings.noMetrics;
  }

  changeTheme(): void {
    this.#theme = readTheme();
    this.#redraw();
  }

  isHidden(metric: string): boolean {
    return this.#hidden.has(metric);
  }

  toggle(metric: string): void {
    if (!this.#hidden.delete(metric)) this.#hidden.add(metric);
    this.#onDidHide([...this.#hidden]);
    this.#redraw();
  }

  onResize(family: FamilyView): void {
    this.#stale.add(family);
    this.#schedule();
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

  #familyOf(metric: string): FamilyView {
    const kind = describeMetric(metric);
    const known = this.#families.get(kind.familyKey);
    if (known) return known;
    const created = new FamilyView(kind, this);
    this.#grid.insertBefore(created.root, this.#firstBehind(familyRank(kind.family)));
    this.#families.set(kind.familyKey, created);
    return created;
  }

  #firstBehind(rank: number): HTMLElement | null {
    const behind = [...this.#families.values()].filter(({ family }) => familyRank(family) > rank);
    behind.sort((a, b) => familyRank(a.family) - familyRank(b.family));
    return behind[0]?.root ?? null;
  }
}
