import type { PanelAction, PanelEnd, PanelHeader } from '../src/protocol.js';
import { actionButton } from './actionButton.js';
import { element, setText } from './element.js';
import { formatDuration, formatFraction } from '../src/format.js';
import { facts } from './facts.js';
import { MoneyView } from './moneyView.js';
import type { Stopwatch } from './stopwatch.js';
import { strings } from './strings.js';

const minuteMs = 60_000;

/** Name, state, place, progress and end of a job. */
export class HeaderView {
  readonly root: HTMLElement;
  /** The state in one word. */
  readonly state = element('span', 'state');
  readonly #name = element('h1');
  readonly #facts = element('p', 'facts');
  readonly #elapsed = element('span');
  readonly #progress = element('div', 'progress');
  readonly #bar = element('progress');
  readonly #percent = element('span', 'percent');
  readonly #position = element('p', 'facts');
  readonly #remaining = element('span');
  readonly #end = element('div', 'end');
  readonly #money: MoneyView;
  readonly #act: (action: PanelAction) => void;

  constructor(act: (action: PanelAction) => void) {
    this.#act = act;
    this.#money = new MoneyView(act);
    this.state.setAttribute('role', 'status');
    this.#bar.max = 1;
    this.#bar.setAttribute('aria-label', strings.progress);
    this.#progress.append(this.#bar, this.#percent);
    this.root = element(
      'header',
      '',
      element('div', 'title', this.#name, this.state),
      this.#facts,
      this.#progress,
      this.#position,
      this.#money.root,
      this.#end,
    );
  }

  /** Of the job. */
  get name(): string {
    return this.#name.textContent;
  }

  show(header: PanelHeader, stopwatch: Stopwatch): void {
    setText(this.#name, header.name);
    setText(this.state, strings.states[header.state]);
    this.root.dataset.state = header.state;
    this.#showElapsed(header, stopwatch);
    this.#facts.replaceChildren(...facts(header.recipe, header.where, this.#elapsed));
    this.#showProgress(header, stopwatch);
    this.#money.show(header.money, stopwatch);
    this.#showEnd(header);
  }

  #showElapsed({ elapsedMs, end }: PanelHeader, stopwatch: Stopwatch): void {
    if (end) setText(this.#elapsed, strings.took(formatDuration(elapsedMs)));
    else stopwatch.run(elapsedMs, (ms) => setText(this.#elapsed, strings.elapsed(formatDuration(ms))));
  }

  #showProgress(header: PanelHeader, stopwatch: Stopwatch): void {
    const { progress, remainingMs, end, activity } = header;
    this.#progress.hidden = progress === null || end?.outcome === 'succeeded';
    if (progress !== null) {
      this.#bar.value = progress;
      setText(this.#percent, formatFraction(progress));
    }
    if (remainingMs !== null && !end) stopwatch.run(remainingMs, (ms) => this.#showRemaining(ms), -1);
    this.#position.replaceChildren(
      ...facts(
        !end && activity,
        epochText(header),
        stepText(header),
        !end && remainingMs !== null && this.#remaining,
      ),
    );
    this.#position.hidden = this.#position.childNodes.length === 0;
  }

  #showRemaining(ms: number): void {
    setText(
      this.#remaining,
      ms < minuteMs
        ? strings.almostDone
        : strings.remaining(formatDuration(Math.round(ms / minuteMs) * minuteMs)),
    );
  }

  /** Drawn again only when it is another, so that its button keeps the focus. */
  #showEnd({ end }: PanelHeader): void {
    this.#end.hidden = !end;
    const shown = JSON.stringify(end);
    if (!end || this.#end.dataset.shown === shown) return;
    this.#end.dataset.shown = shown;
    this.#end.dataset.outcome = end.outcome;
    this.#end.replaceChildren(
      element('p', 'message', end.message),
      ...(end.fix === null ? [] : [element('p', 'fix', end.fix)]),
      ...this.#remedyOf(end),
    );
  }

  #remedyOf({ action }: PanelEnd): HTMLElement[] {
    if (action === null) return [];
    const button = actionButton(action, this.#act);
    button.appearance = 'primary';
    return [element('div', 'remedy', button)];
  }
}

function epochText({ epoch, totalEpochs }: PanelHeader): string | null {
  if (epoch === null) return null;
  return totalEpochs === null
    ? strings.epoch(epoch.toLocaleString())
    : strings.epochOf(epoch.toLocaleString(), totalEpochs.toLocaleString());
}

function stepText({ step, totalSteps }: PanelHeader): string | null {
  if (step === null) return null;
  return totalSteps === null
    ? strings.step(step.toLocaleString())
    : strings.stepOf(step.toLocaleString(), totalSteps.toLocaleString());
}
