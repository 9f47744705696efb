import { defaultSettings, type ChartSettings } from './chartSettings.js';
import { element, setText } from './element.js';
import type { AxisChoice } from './series.js';
import { strings } from './strings.js';

/** More would leave nothing of a line but its mean. */
const mostSmoothing = 0.99;
const choices: readonly AxisChoice[] = ['auto', 'step', 'epoch', 'time'];

export interface ToolbarActions {
  change(settings: ChartSettings): void;
  showAll(): void;
}

/** How all charts are drawn: what the axis counts, smoothing, the scale of values, the way back from a zoom. */
export class ChartToolbar {
  readonly root: HTMLElement;
  readonly #axis = element('select');
  readonly #smoothing = element('input');
  readonly #amount = element('output', 'amount');
  readonly #logarithmic = element('input');
  readonly #all = element('button', 'plain', strings.showAll);
  #settings: ChartSettings;

  constructor(settings: ChartSettings, actions: ToolbarActions) {
    this.#settings = settings;
    this.#axis.append(...choices.map((choice) => new Option(strings.axisChoices[choice], choice)));
    this.#smoothing.type = 'range';
    Object.assign(this.#smoothing, { min: '0', max: String(mostSmoothing), step: '0.01' });
    this.#logarithmic.type = 'checkbox';
    this.#all.type = 'button';
    this.#all.hidden = true;
    const change = (changes: Partial<ChartSettings>): void => {
      this.#settings = { ...this.#settings, ...changes };
      this.#show();
      actions.change(this.#settings);
    };
    this.#axis.addEventListener('change', () => change({ axis: toChoice(this.#axis.value) }));
    this.#smoothing.addEventListener('input', () => change({ smoothing: this.#smoothing.valueAsNumber }));
    this.#logarithmic.addEventListener('change', () => change({ logarithmic: this.#logarithmic.checked }));
    this.#all.addEventListener('click', () => actions.showAll());
    this.root = element(
      'div',
      'chart-tools',
      element('label', '', element('span', '', strings.axis), this.#axis),
      element('label', '', element('span', '', strings.smoothing), this.#smoothing, this.#amount),
      element('label', '', this.#logarithmic, element('span', '', strings.logarithmic)),
      this.#all,
    );
    this.root.setAttribute('role', 'group');
    this.root.setAttribute('aria-label', strings.chartTools);
    this.#show();
  }

  /** The way back to everything is there while a part is seen. Keeps the focus nearby when it goes. */
  setZoomed(isZoomed: boolean): void {
    if (!isZoomed && document.activeElement === this.#all) this.#axis.focus();
    this.#all.hidden = !isZoomed;
  }

  #show(): void {
    const { axis, smoothing, logarithmic } = this.#settings;
    this.#axis.value = axis;
    this.#smoothing.valueAsNumber = smoothing;
    this.#logarithmic.checked = logarithmic;
    setText(this.#amount, smoothing.toFixed(2));
  }
}

function toChoice(text: string): AxisChoice {
  return choices.find((choice) => choice === text) ?? defaultSettings.axis;
}
