import type { Resource, ResourceLedger } from '../../src/providers/cloud.js';

/** A ledger in memory that notices what was made before it was written down. */
export class ListLedger implements ResourceLedger {
  /** Names of what the cloud already had when it was intended. */
  readonly madeBeforeIntended: string[] = [];
  readonly #namesInCloud: () => readonly string[];
  #rows: readonly Resource[] = [];

  /** @param namesInCloud what the account has now, asked behind the client's back */
  constructor(namesInCloud: () => readonly string[]) {
    this.#namesInCloud = namesInCloud;
  }

  get rows(): readonly Resource[] {
    return this.#rows;
  }

  intend(resource: Resource): Promise<void> {
    if (this.#namesInCloud().includes(resource.name)) this.madeBeforeIntended.push(resource.name);
    this.#rows = [...this.#rows, resource];
    return Promise.resolve();
  }

  made(resource: Resource): Promise<void> {
    const isSame = ({ kind, name }: Resource): boolean => kind === resource.kind && name === resource.name;
    if (!this.#rows.some(isSame)) throw new Error(`${resource.name} was made and never intended`);
    this.#rows = this.#rows.map((row) => (isSame(row) && row.id === null ? resource : row));
    return Promise.resolve();
  }
}
