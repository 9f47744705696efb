import type { PanelModelSample } from '../src/protocol.js';
import { element } from './element.js';
import { SampleCard } from './sampleCard.js';
import { SampleGroups, type SampleGroup } from './samples.js';
import { strings } from './strings.js';

/** What the model wrote or drew while it trained, a card for each prompt. */
export class SamplesView {
  readonly root: HTMLElement;
  readonly #grid = element('div', 'sample-grid');
  readonly #groups = new SampleGroups();
  readonly #cards = new Map<SampleGroup, SampleCard>();
  readonly #imageAddress: (file: string) => string;
  #hasEnded = false;

  /** @param folderAddress of the folder that holds the images */
  constructor(folderAddress: string) {
    this.#imageAddress = (file) => `${folderAddress}/${encodeURIComponent(file)}`;
    this.root = element('section', 'samples', element('h2', '', strings.samples), this.#grid);
    this.root.hidden = true;
  }

  replace(samples: readonly PanelModelSample[]): void {
    this.#groups.clear();
    this.#cards.clear();
    this.#grid.replaceChildren();
    this.add(samples);
  }

  add(samples: readonly PanelModelSample[]): void {
    for (const group of this.#groups.add(samples)) {
      if (group.samples.length === 0) this.#remove(group);
      else this.#cardOf(group).draw();
    }
    this.root.hidden = this.#cards.size === 0;
  }

  /** A job that has ended brings no more images. */
  setEnded(ended: boolean): void {
    this.#hasEnded = ended;
    for (const card of this.#cards.values()) card.setEnded(ended);
  }

  #remove(group: SampleGroup): void {
    this.#cards.get(group)?.root.remove();
    this.#cards.delete(group);
  }

  #cardOf(group: SampleGroup): SampleCard {
    const known = this.#cards.get(group);
    if (known) return known;
    const card = new SampleCard(group, this.#imageAddress);
    card.setEnded(this.#hasEnded);
    this.#cards.set(group, card);
    this.#grid.append(card.root);
    return card;
  }
}
