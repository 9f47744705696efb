import type { ComparedJob, ComparisonRow, ComparisonTable } from '../src/protocol.js';
import { element, svgElement } from './element.js';
import { runStyles } from './lineStyle.js';
import { describeMetric } from '../src/metricKind.js';
import { strings } from './strings.js';
import type { Theme } from './theme.js';

export interface ComparisonTableActions {
  readonly showJob: (jobId: string) => void;
  /** The user wants to see only what differs, or everything. */
  readonly onlyDifferences: (only: boolean) => void;
}

/** Jobs beside each other, a column each: what they are, their parameters, their results. */
export class ComparisonTableView {
  readonly root: HTMLElement;
  readonly #scroll = element('div', 'wide');
  readonly #only = element('input');
  readonly #note = element('p', 'note', strings.noDifferences);
  readonly #actions: ComparisonTableActions;
  #table: ComparisonTable = { jobs: [], rows: [] };
  #shown = '';

  constructor(onlyDifferences: boolean, actions: ComparisonTableActions) {
    this.#actions = actions;
    this.#only.type = 'checkbox';
    this.#only.checked = onlyDifferences;
    this.#scroll.tabIndex = 0;
    this.#scroll.setAttribute('role', 'region');
    this.#scroll.setAttribute('aria-label', strings.comparison);
    this.root = element(
      'section',
      'comparison',
      element(
        'div',
        'charts-head',
        element('h2', '', strings.comparison),
        element(
          'div',
          'chart-tools',
          element('label', '', this.#only, element('span', '', strings.onlyDifferences)),
        ),
      ),
      this.#scroll,
      this.#note,
    );
  }

  show(table: ComparisonTable, theme: Theme): void {
    this.#table = table;
    this.#only.onchange = () => {
      this.#actions.onlyDifferences(this.#only.checked);
      this.#draw(theme);
    };
    this.#draw(theme);
  }

  changeTheme(theme: Theme): void {
    this.show(this.#table, theme);
  }

  /** Drawn again only when it is another, so that what has the focus keeps it. */
  #draw(theme: Theme): void {
    const { jobs, rows } = this.#table;
    const seen = this.#only.checked ? rows.filter(({ differs }) => differs) : rows;
    const shown = JSON.stringify([jobs, seen, theme]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#note.hidden = seen.length > 0;
    this.#scroll.replaceChildren(
      element(
        'table',
        this.#only.checked ? 'compared' : 'compared whole',
        element('thead', '', this.#heading(jobs, theme)),
        ...(['job', 'parameter', 'result'] as const).flatMap((about) => {
          const its = seen.filter((row) => row.about === about);
          return its.length === 0 ? [] : [bodyOf(about, its, jobs.length)];
        }),
      ),
    );
  }

  #heading(jobs: readonly ComparedJob[], theme: Theme): HTMLElement {
    const kinds = jobs.map(() => describeMetric('loss'));
    const styles = runStyles(
      kinds,
      jobs.map((_, place) => place),
      theme,
    );
    const cells = jobs.map(({ id, name }, place) => {
      const { colour, dash } = styles[place] ?? { colour: theme.foreground, dash: [] };
      const picture = svgElement('svg', { width: '16', height: '8', 'aria-hidden': 'true' });
      const line = { x1: '0', y1: '4', x2: '16', y2: '4', 'stroke-width': '2', stroke: colour };
      picture.append(svgElement('line', { ...line, 'stroke-dasharray': dash.join(' ') }));
      const button = element('button', 'legend', picture, element('span', 'name', name));
      button.type = 'button';
      button.title = strings.openJob(name);
      button.addEventListener('click', () => this.#actions.showJob(id));
      const cell = element('th', '', button);
      cell.scope = 'col';
      return cell;
    });
    return element('tr', '', element('td'), ...cells);
  }
}

function bodyOf(about: ComparisonRow['about'], rows: readonly ComparisonRow[], jobs: number): HTMLElement {
  const heading = element('th', 'about', strings.comparedAbout[about]);
  heading.colSpan = jobs + 1;
  heading.scope = 'rowgroup';
  return element('tbody', '', element('tr', '', heading), ...rows.map(rowOf));
}

function rowOf({ name, cells, differs, best }: ComparisonRow): HTMLElement {
  const heading = element('th', '', name, ...(differs ? [element('span', 'unseen', strings.differs)] : []));
  heading.scope = 'row';
  const row = element(
    'tr',
    differs ? 'differs' : '',
    heading,
    ...cells.map((cell, place) => {
      if (!best.includes(place)) return element('td', cell === null ? 'none' : '', cell ?? '–');
      return element(
        'td',
        'winner',
        cell ?? '',
        element('span', '', ' ★'),
        element('span', 'unseen', strings.bestOfAll),
      );
    }),
  );
  return row;
}
