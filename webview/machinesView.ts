import { formatDuration, formatPrice, formatUsd } from '../src/format.js';
import type { PanelMachine } from '../src/protocol.js';
import { element, setText } from './element.js';
import type { Stopwatch } from './stopwatch.js';
import { strings } from './strings.js';

const hourMs = 3_600_000;

/** The machines that were rented for a job, with what each has cost. */
export class MachinesView {
  readonly root: HTMLElement;
  readonly #table = element('table', 'machines');

  constructor() {
    this.root = element('section', 'rentals', element('h2', '', strings.machines), this.#table);
  }

  show(machines: readonly PanelMachine[], stopwatch: Stopwatch): void {
    this.root.hidden = machines.length === 0;
    this.#table.replaceChildren(
      element('thead', '', heading()),
      element('tbody', '', ...machines.flatMap((machine) => rowsOf(machine, stopwatch))),
    );
  }
}

function heading(): HTMLElement {
  const cells = [strings.machine, strings.time, strings.cost].map((text, index) => {
    const cell = element('th', index === 0 ? '' : 'number', text);
    cell.scope = 'col';
    return cell;
  });
  return element('tr', '', ...cells);
}

/** The machine, and below it where it is and why another one took its place. */
function rowsOf(machine: PanelMachine, stopwatch: Stopwatch): HTMLElement[] {
  const { gpu, where, usdPerHour, usd, durationMs, isOpen, replaced } = machine;
  const name = element('th', '', gpu);
  name.scope = 'row';
  const details = element(
    'td',
    'details',
    element('div', 'facts', `${where} · ${formatPrice(usdPerHour)}`),
    ...(replaced === null ? [] : [element('div', '', strings.replaced(replaced))]),
  );
  details.colSpan = 3;
  const time = element('td', 'number');
  const cost = element('td', 'number');
  const show = (ms: number): void => {
    setText(time, formatDuration(ms));
    setText(cost, formatUsd(usd + (usdPerHour * (ms - durationMs)) / hourMs));
  };
  if (isOpen) stopwatch.run(durationMs, show);
  else show(durationMs);
  return [element('tr', '', name, time, cost), element('tr', '', details)];
}
