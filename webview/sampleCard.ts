import type { PanelModelSample } from '../src/protocol.js';
import { element, setText } from './element.js';
import type { SampleGroup } from './samples.js';
import { strings } from './strings.js';

/** What the model made of one prompt: the newest, and a way back through the earlier ones. */
export class SampleCard {
  readonly root = element('article', 'sample');
  readonly #group: SampleGroup;
  readonly #imageAddress: (file: string) => string;
  readonly #title = element('h3');
  readonly #body = element('div', 'made');
  readonly #position = element('span', 'position');
  readonly #older = stepButton('‹', strings.olderSample, () => this.#choose(this.#group.index - 1));
  readonly #newer = stepButton('›', strings.newerSample, () => this.#choose(this.#group.index + 1));
  readonly #image: SampleImage;
  #hasEnded = false;

  constructor(group: SampleGroup, imageAddress: (file: string) => string) {
    this.#group = group;
    this.#imageAddress = imageAddress;
    this.#image = new SampleImage(() => this.root.classList.toggle('large'));
    this.#position.setAttribute('aria-live', 'polite');
    const steps = element('div', 'stepper', this.#older, this.#newer, this.#position);
    this.root.append(this.#title, this.#body, steps);
  }

  setEnded(ended: boolean): void {
    if (this.#hasEnded === ended) return;
    this.#hasEnded = ended;
    this.draw();
  }

  draw(): void {
    const { shown, index, samples } = this.#group;
    if (!shown) return;
    const title = shown.prompt ?? shown.name ?? '';
    setText(this.#title, title === '' ? strings.emptyPrompt : title);
    this.root.classList.toggle('drawn', shown.generated === null);
    this.#body.replaceChildren(...this.#contentOf(shown, title));
    setText(this.#position, positionText(shown, index, samples.length));
    this.#older.hidden = this.#newer.hidden = samples.length < 2;
    this.#older.disabled = index === 0;
    this.#newer.disabled = index === this.#group.newestIndex;
  }

  #choose(index: number): void {
    this.#group.choose(index);
    this.draw();
    // A button that can go no further loses the focus: the other one takes it.
    if (this.#older.disabled) this.#newer.focus();
    else if (this.#newer.disabled) this.#older.focus();
  }

  #contentOf(sample: PanelModelSample, title: string): Node[] {
    const { generated, reference, image, scores } = sample;
    return [
      ...(image === null ? [] : [this.#image.show(this.#imageAddress(image), title)]),
      ...(image === null && generated === null ? [this.#missing()] : []),
      ...(generated === null ? [] : [textsOf(generated, reference)]),
      ...(scores.length === 0
        ? []
        : [element('p', 'facts', scores.map((pair) => pair.join(' ')).join(' · '))]),
    ];
  }

  #missing(): HTMLElement {
    return element('p', 'note missing', this.#hasEnded ? strings.imageNotKept : strings.imageToCome);
  }
}

/** A picture that grows when it is pressed. */
class SampleImage {
  readonly #image = element('img');
  readonly #button = element('button', 'picture', this.#image);
  readonly #broken = element('p', 'note missing', strings.imageBroken);
  #brokenAddress: string | undefined;

  constructor(enlarge: () => boolean) {
    this.#button.type = 'button';
    this.#button.title = strings.enlarge;
    this.#button.setAttribute('aria-expanded', 'false');
    this.#button.addEventListener('click', () => {
      this.#button.setAttribute('aria-expanded', String(enlarge()));
    });
    this.#image.addEventListener('error', () => {
      this.#brokenAddress = this.#image.getAttribute('src') ?? undefined;
      this.#button.replaceWith(this.#broken);
    });
  }

  show(address: string, title: string): HTMLElement {
    if (address === this.#brokenAddress) return this.#broken;
    this.#image.alt = title === '' ? strings.emptyPrompt : title;
    if (this.#image.getAttribute('src') !== address) this.#image.src = address;
    return this.#button;
  }
}

/** What was written, and beside it what would have been right. */
function textsOf(generated: string, reference: string | null): HTMLElement {
  if (reference === null) return element('blockquote', 'written', generated);
  return element(
    'dl',
    'beside',
    element('div', '', element('dt', '', strings.generated), element('dd', 'written', generated)),
    element('div', '', element('dt', '', strings.reference), element('dd', 'written', reference)),
  );
}

/** `Step 500 · 3 of 8` */
function positionText({ step, epoch }: PanelModelSample, index: number, count: number): string {
  const when =
    step !== null
      ? strings.step(step.toLocaleString())
      : epoch !== null
        ? strings.epoch(epoch.toLocaleString())
        : '';
  const which = count > 1 ? strings.sampleOf(String(index + 1), String(count)) : '';
  return [when, which].filter((part) => part !== '').join(' · ');
}

function stepButton(sign: string, label: string, press: () => void): HTMLButtonElement {
  const button = element('button', 'step', sign);
  button.type = 'button';
  button.title = label;
  button.setAttribute('aria-label', label);
  button.addEventListener('click', press);
  return button;
}
