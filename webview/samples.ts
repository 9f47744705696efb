import type { PanelModelSample } from '../src/protocol.js';

/** So many prompts are shown, and so many samples of each: the newest. */
const mostGroups = 60;
const mostOfGroup = 200;

/** The samples of one prompt, oldest first, and which of them is looked at. */
export class SampleGroup {
  readonly key: string;
  #samples: PanelModelSample[] = [];
  /** `undefined` follows the newest. */
  #chosen: number | undefined;

  constructor(key: string) {
    this.key = key;
  }

  get samples(): readonly PanelModelSample[] {
    return this.#samples;
  }

  /** Of the shown sample, from 0. */
  get index(): number {
    const found = this.#samples.findIndex(({ id }) => id === this.#chosen);
    return found === -1 ? this.newestIndex : found;
  }

  /** The newest that can be looked at; an image may come later than what is said of it. */
  get newestIndex(): number {
    const newest = this.#samples.findLastIndex(
      ({ image, generated }) => image !== null || generated !== null,
    );
    return newest === -1 ? this.#samples.length - 1 : newest;
  }

  get shown(): PanelModelSample | undefined {
    return this.#samples[this.index];
  }

  put(sample: PanelModelSample): void {
    const known = this.#samples.findIndex(({ id }) => id === sample.id);
    if (known === -1) this.#samples = [...this.#samples, sample].slice(-mostOfGroup);
    else this.#samples[known] = sample;
  }

  remove(id: number): void {
    this.#samples = this.#samples.filter((sample) => sample.id !== id);
  }

  /** Looks at the sample at that index; at the newest it goes on with what comes. */
  choose(index: number): void {
    this.#chosen = index >= this.newestIndex ? undefined : this.#samples[Math.max(0, index)]?.id;
  }
}

/** All samples by what they were made from: a prompt, or a series of files. */
export class SampleGroups {
  readonly #groups = new Map<string, SampleGroup>();
  readonly #groupOf = new Map<number, SampleGroup>();

  get all(): readonly SampleGroup[] {
    return [...this.#groups.values()];
  }

  clear(): void {
    this.#groups.clear();
    this.#groupOf.clear();
  }

  /** @returns the groups that look different now */
  add(samples: readonly PanelModelSample[]): ReadonlySet<SampleGroup> {
    const changed = new Set<SampleGroup>();
    for (const sample of samples) {
      const group = this.#groupFor(sample);
      const former = this.#groupOf.get(sample.id);
      if (former && former !== group) changed.add(this.#leave(former, sample.id));
      if (!group) continue;
      group.put(sample);
      this.#groupOf.set(sample.id, group);
      changed.add(group);
    }
    return changed;
  }

  #leave(group: SampleGroup, id: number): SampleGroup {
    group.remove(id);
    this.#groupOf.delete(id);
    if (group.samples.length === 0) this.#groups.delete(group.key);
    return group;
  }

  #groupFor(sample: PanelModelSample): SampleGroup | undefined {
    const key = keyOf(sample);
    const known = this.#groups.get(key);
    if (known || this.#groups.size >= mostGroups) return known;
    const group = new SampleGroup(key);
    this.#groups.set(key, group);
    return group;
  }
}

/** Files without a prompt that differ in numbers only are one series. */
function keyOf({ prompt, name }: PanelModelSample): string {
  return prompt === null ? `file ${(name ?? '').replace(/\d+/g, '0')}` : `prompt ${prompt}`;
}
