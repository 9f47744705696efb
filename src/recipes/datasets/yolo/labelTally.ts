import type { LabelFacts, LabelFault } from './labelText.js';

/** How often something was found, and where first. */
export interface Finding<Detail> {
  readonly count: number;
  /** In the order of the files' names. */
  readonly file: string;
  readonly detail: Detail;
  /** All the files, for a repair. */
  readonly files: readonly string[];
}

/** Counts one kind of thing; files are looked at in no order, and the first by name is the one to show. */
export class Findings<Detail> {
  readonly #found = new Map<string, Detail>();

  add(file: string, detail: Detail): void {
    this.#found.set(file, detail);
  }

  get count(): number {
    return this.#found.size;
  }

  get summary(): Finding<Detail> | undefined {
    const files = [...this.#found.keys()].sort();
    const [file] = files;
    const detail = file === undefined ? undefined : this.#found.get(file);
    return file === undefined || detail === undefined
      ? undefined
      : { count: files.length, file, detail, files };
  }
}

export type FaultKind = LabelFault['kind'];

/** What the labels of one part hold, added up image by image. */
export class LabelTally {
  images = 0;
  /** Images that have a label file. */
  labelled = 0;
  /** Of these, label files without a line. */
  empty = 0;
  /** Usable label files by what is in them. */
  readonly forms = { none: 0, boxes: 0, polygons: 0, keypoints: 0 };
  readonly boxesOfClass = new Map<number, number>();
  readonly duplicates = new Findings<number>();
  readonly #faults = new Map<FaultKind, Findings<LabelFault>>();

  addUnlabelled(): void {
    this.images += 1;
  }

  add(file: string, facts: LabelFacts): void {
    this.images += 1;
    this.labelled += 1;
    if (facts.form === 'none') this.empty += 1;
    if (facts.fault) {
      this.#addFault(file, facts.fault);
      return;
    }
    this.forms[facts.form] += 1;
    for (const id of facts.classes) this.boxesOfClass.set(id, (this.boxesOfClass.get(id) ?? 0) + 1);
    if (facts.duplicates > 0) this.duplicates.add(file, facts.duplicates);
  }

  faults<Kind extends FaultKind>(kind: Kind): Finding<Extract<LabelFault, { kind: Kind }>> | undefined {
    return this.#faults.get(kind)?.summary as Finding<Extract<LabelFault, { kind: Kind }>> | undefined;
  }

  /** Label files that cost their image its place. */
  get spoiled(): number {
    return [...this.#faults.values()].reduce((sum, findings) => sum + findings.count, 0);
  }

  /** Objects in usable label files. */
  get boxes(): number {
    return [...this.boxesOfClass.values()].reduce((sum, count) => sum + count, 0);
  }

  #addFault(file: string, fault: LabelFault): void {
    const findings = this.#faults.get(fault.kind) ?? new Findings<LabelFault>();
    findings.add(file, fault);
    this.#faults.set(fault.kind, findings);
  }
}
