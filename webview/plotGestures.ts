import type { LineChart } from './chart.js';
import { element } from './element.js';
import type { Range } from './series.js';
import { panned, within, zoomed } from './zoom.js';

/** What is done when a chart is touched. */
export interface PlotActions {
  /** All there is on the chart's axis. */
  all(): Range;
  /** The cursor is the same in all charts; `aloud` when it was moved by keys, so that its values are to be said. */
  moveCursor(position: number | null, aloud: boolean): void;
  cursor(): number | null;
  /** Shows a part of the axis; `null` shows all of it. */
  look(range: Range | null): void;
}

/** Shorter drags are clicks of a hand that is not quite still. */
const leastDragPx = 4;
const panShare = 0.2;
const zoomFactor = 0.5;
/** How much a turn of the wheel by one pixel zooms. */
const wheelFactor = 1.002;

interface Drag {
  readonly fromPx: number;
  readonly seen: Range;
  readonly moves: boolean;
}

/**
 * Mouse, wheel, fingers and keys over a chart: hover, drag to zoom, Shift and drag to move, Ctrl and wheel, arrows,
 * plus and minus. A wheel without a key scrolls the page as everywhere.
 */
export class PlotGestures {
  readonly #plot: HTMLElement;
  readonly #chart: LineChart;
  readonly #actions: PlotActions;
  readonly #selection = element('div', 'selection');
  #drag: Drag | null = null;

  /** @param plot holds the canvas and nothing else; it takes the focus */
  constructor(plot: HTMLElement, chart: LineChart, actions: PlotActions) {
    this.#plot = plot;
    this.#chart = chart;
    this.#actions = actions;
    this.#selection.hidden = true;
    plot.append(this.#selection);
    plot.tabIndex = 0;
    plot.addEventListener('pointermove', (event) => this.#move(event));
    plot.addEventListener('pointerleave', () => actions.moveCursor(null, false));
    plot.addEventListener('pointerdown', (event) => this.#begin(event));
    plot.addEventListener('pointerup', (event) => this.#end(event));
    plot.addEventListener('pointercancel', () => this.#letGo());
    plot.addEventListener('dblclick', () => actions.look(null));
    plot.addEventListener('wheel', (event) => this.#turn(event), { passive: false });
    plot.addEventListener('keydown', (event) => {
      if (this.#press(event)) event.preventDefault();
    });
    plot.addEventListener('blur', () => actions.moveCursor(null, false));
  }

  #move(event: PointerEvent): void {
    const px = this.#pixelOf(event);
    this.#actions.moveCursor(this.#chart.positionAt(px), false);
    if (!this.#drag) return;
    if (!this.#drag.moves) this.#select(this.#drag.fromPx, px);
    else {
      const share = (this.#drag.fromPx - px) / this.#chart.area.width;
      this.#actions.look(panned(this.#drag.seen, this.#actions.all(), share));
    }
  }

  #begin(event: PointerEvent): void {
    if (event.button !== 0 || event.pointerType === 'touch') return;
    this.#plot.setPointerCapture(event.pointerId);
    this.#drag = { fromPx: this.#pixelOf(event), seen: this.#chart.seen, moves: event.shiftKey };
  }

  #end(event: PointerEvent): void {
    const drag = this.#drag;
    this.#letGo();
    if (!drag || drag.moves) return;
    const px = this.#pixelOf(event);
    if (Math.abs(px - drag.fromPx) < leastDragPx) return;
    const range = { from: this.#chart.positionAt(drag.fromPx), to: this.#chart.positionAt(px) };
    this.#actions.look(within(range, this.#actions.all()));
  }

  #letGo(): void {
    this.#drag = null;
    this.#selection.hidden = true;
  }

  #select(fromPx: number, toPx: number): void {
    const { left, top, width, height } = this.#chart.area;
    const start = Math.max(left, Math.min(fromPx, toPx));
    const end = Math.min(left + width, Math.max(fromPx, toPx));
    this.#selection.hidden = end - start < leastDragPx;
    const { style } = this.#selection;
    style.left = `${String(start)}px`;
    style.width = `${String(end - start)}px`;
    style.top = `${String(top)}px`;
    style.height = `${String(height)}px`;
  }

  #turn(event: WheelEvent): void {
    const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY);
    if (!event.ctrlKey && !event.metaKey && !sideways) return;
    event.preventDefault();
    const { seen, area } = this.#chart;
    const all = this.#actions.all();
    const around = this.#chart.positionAt(this.#pixelOf(event));
    this.#actions.look(
      sideways
        ? panned(seen, all, event.deltaX / area.width)
        : zoomed(seen, all, around, wheelFactor ** event.deltaY),
    );
  }

  /** @returns whether the key is one of ours */
  #press({ key, shiftKey, ctrlKey, metaKey, altKey }: KeyboardEvent): boolean {
    if (ctrlKey || metaKey || altKey) return false;
    const { seen } = this.#chart;
    const all = this.#actions.all();
    const around = this.#actions.cursor() ?? (seen.from + seen.to) / 2;
    switch (key) {
      case 'ArrowLeft':
      case 'ArrowRight': {
        const direction = key === 'ArrowLeft' ? -1 : 1;
        if (shiftKey) this.#actions.look(panned(seen, all, direction * panShare));
        else this.#actions.moveCursor(this.#chart.neighbourOf(this.#actions.cursor(), direction), true);
        return true;
      }
      case '+':
      case '=':
        this.#actions.look(zoomed(seen, all, around, zoomFactor));
        return true;
      case '-':
        this.#actions.look(zoomed(seen, all, around, 1 / zoomFactor));
        return true;
      case '0':
      case 'Escape':
        this.#actions.look(null);
        this.#actions.moveCursor(null, false);
        return true;
      default:
        return false;
    }
  }

  #pixelOf({ clientX }: MouseEvent): number {
    return clientX - this.#plot.getBoundingClientRect().left;
  }
}
