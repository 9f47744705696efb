import { formatBytes, formatDuration } from '../src/format.js';
import type { PanelCheckpoint } from '../src/protocol.js';
import { element, setText } from './element.js';
import { facts } from './facts.js';
import { Stopwatch } from './stopwatch.js';
import { strings } from './strings.js';

/** So many are shown until the others are asked for: the newest. */
const shownAtFirst = 5;

/** What a training saved to go on from, the newest first, and whether it is on this computer. */
export class CheckpointsView {
  readonly root: HTMLElement;
  readonly #list = element('ul');
  readonly #more = element('button', 'plain');
  readonly #reveal: (id: string) => void;
  #checkpoints: readonly PanelCheckpoint[] = [];
  #showsAll = false;
  readonly #stopwatch = new Stopwatch();

  /** @param reveal shows the checkpoint of that id where it is on this computer */
  constructor(reveal: (id: string) => void) {
    this.#reveal = reveal;
    this.#more.type = 'button';
    this.#more.addEventListener('click', () => {
      this.#showsAll = !this.#showsAll;
      this.#draw();
    });
    this.root = element(
      'section',
      'checkpoints',
      element('h2', '', strings.checkpoints),
      this.#list,
      this.#more,
    );
    this.root.hidden = true;
  }

  show(checkpoints: readonly PanelCheckpoint[]): void {
    this.#checkpoints = checkpoints.toReversed();
    this.#draw();
  }

  /** Another second has gone by. */
  tick(): void {
    this.#stopwatch.tick();
  }

  #draw(): void {
    const count = this.#checkpoints.length;
    const shown = this.#showsAll ? this.#checkpoints : this.#checkpoints.slice(0, shownAtFirst);
    const focused = this.#focusedId();
    this.root.hidden = count === 0;
    this.#stopwatch.clear();
    this.#list.replaceChildren(...shown.map((checkpoint) => this.#rowOf(checkpoint)));
    this.#buttonOf(focused)?.focus();
    this.#more.hidden = count <= shownAtFirst;
    setText(this.#more, this.#showsAll ? strings.fewerCheckpoints : strings.allCheckpoints(count));
  }

  #rowOf(checkpoint: PanelCheckpoint): HTMLElement {
    const { name, epoch, step, bytes, ageMs, place } = checkpoint;
    const age = element('span');
    this.#stopwatch.run(ageMs, (ms) => setText(age, strings.ago(formatDuration(ms))));
    return element(
      'li',
      '',
      element('span', 'name', name),
      element('span', 'size', formatBytes(bytes)),
      element(
        'span',
        'facts',
        ...facts(
          epoch !== null && strings.epoch(epoch.toLocaleString()),
          step !== null && strings.step(step.toLocaleString()),
          age,
          place === 'here' ? this.#revealButton(checkpoint) : strings.checkpointPlaces[place],
        ),
      ),
    );
  }

  #revealButton({ id, name }: PanelCheckpoint): HTMLElement {
    const button = element('button', 'link', strings.checkpointHere);
    button.type = 'button';
    button.dataset.id = id;
    button.title = strings.revealCheckpoint(name);
    button.addEventListener('click', () => this.#reveal(id));
    return button;
  }

  #focusedId(): string | undefined {
    const { activeElement } = document;
    return activeElement instanceof HTMLElement ? activeElement.dataset.id : undefined;
  }

  #buttonOf(id: string | undefined): HTMLElement | undefined {
    if (id === undefined) return undefined;
    return [...this.#list.querySelectorAll('button')].find((button) => button.dataset.id === id);
  }
}
