import { element, setText, svgElement } from './element.js';
import type { LineStyle } from './lineStyle.js';
import type { Axis } from './series.js';
import { strings } from './strings.js';

/** One line of a chart in words. Empty texts where there is nothing to say. */
export interface MetricRow {
  readonly name: string;
  readonly style: LineStyle;
  readonly visible: boolean;
  readonly last: string;
  readonly best: string;
  readonly bestAt: string;
}

/** The values of a chart as text, for screen readers and narrow panels; its row headings are the chart's legend. */
export class MetricTable {
  readonly root: HTMLTableElement;
  readonly #atHeading = element('th', 'number best at');
  readonly #body = element('tbody');
  readonly #rows = new Map<string, Row>();
  readonly #toggle: (name: string) => void;

  constructor(title: string, toggle: (name: string) => void) {
    this.#toggle = toggle;
    const heading = element(
      'tr',
      '',
      element('th', '', strings.metric),
      element('th', 'number', strings.last),
      element('th', 'number best', strings.best),
      this.#atHeading,
    );
    for (const cell of heading.cells) cell.setAttribute('scope', 'col');
    this.root = element(
      'table',
      'metrics',
      element('caption', 'unseen', strings.valuesOf(title)),
      element('thead', '', heading),
      this.#body,
    );
  }

  show(rows: readonly MetricRow[], axis: Axis): void {
    setText(this.#atHeading, strings.at(axis));
    this.root.classList.toggle(
      'without-best',
      rows.every(({ best }) => best === ''),
    );
    for (const row of rows) this.#rowOf(row.name).show(row);
  }

  #rowOf(name: string): Row {
    const known = this.#rows.get(name);
    if (known) return known;
    const row = new Row(name, () => this.#toggle(name));
    this.#rows.set(name, row);
    this.#body.append(row.root);
    return row;
  }
}

class Row {
  readonly root: HTMLTableRowElement;
  readonly #button: HTMLButtonElement;
  readonly #sample = svgElement('line', { x1: '0', y1: '4', x2: '16', y2: '4', 'stroke-width': '2' });
  readonly #last = element('td', 'number');
  readonly #best = element('td', 'number best');
  readonly #bestAt = element('td', 'number best at');

  constructor(name: string, toggle: () => void) {
    const picture = svgElement('svg', { width: '16', height: '8', 'aria-hidden': 'true' });
    picture.append(this.#sample);
    this.#button = element('button', 'legend', picture, element('span', 'name', name));
    this.#button.type = 'button';
    this.#button.title = `${name} – ${strings.toggle}`;
    this.#button.addEventListener('click', toggle);
    const heading = element('th', '', this.#button);
    heading.scope = 'row';
    this.root = element('tr', '', heading, this.#last, this.#best, this.#bestAt);
  }

  show({ style, visible, last, best, bestAt }: MetricRow): void {
    this.#button.setAttribute('aria-pressed', String(visible));
    this.#sample.setAttribute('stroke', style.colour);
    this.#sample.setAttribute('stroke-dasharray', style.dash.join(' '));
    setText(this.#last, last);
    setText(this.#best, best);
    setText(this.#bestAt, bestAt);
  }
}
