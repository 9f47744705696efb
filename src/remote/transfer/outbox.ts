/** A frame to be written, in pieces. */
export interface Outgoing {
  readonly pieces: readonly Uint8Array[];
  /** Called once it is written. */
  readonly onTaken: () => void;
}

/**
 * What waits to be written: frames that one carrier writes in order, and frames that any may. Carriers ask when they
 * have room, so a faster one carries more.
 */
export class Outbox {
  readonly #ordered: Outgoing[] = [];
  readonly #free: Outgoing[] = [];
  #carried = 0;
  #isClosed = false;
  #wakers: (() => void)[] = [];

  /** To be written by the carrier that takes ordered frames. */
  addOrdered(frame: Outgoing): void {
    this.#ordered.push(frame);
    this.#changed();
  }

  add(frame: Outgoing): void {
    this.#free.push(frame);
    this.#changed();
  }

  /** Carriers end once all is written. */
  close(): void {
    this.#isClosed = true;
    this.#changed();
  }

  /**
   * Writes frames until the box is closed and empty.
   * @param takes which frames it may take now
   * @param write resolves when there is room for more; false when nobody reads any more, which ends it
   */
  async carry(
    takes: () => { readonly ordered: boolean; readonly free: boolean },
    write: (pieces: readonly Uint8Array[]) => Promise<boolean>,
  ): Promise<void> {
    for (;;) {
      const { ordered, free } = takes();
      const frame = (ordered ? this.#ordered.shift() : undefined) ?? (free ? this.#free.shift() : undefined);
      if (frame !== undefined) {
        this.#carried += 1;
        if (this.#free.length === 0) this.#changed();
        const goesOn = await write(frame.pieces);
        this.#carried -= 1;
        this.#changed();
        if (!goesOn) return;
        frame.onTaken();
      } else if (this.#isClosed) return;
      else await this.#change();
    }
  }

  /** Carriers ask again what they may take. */
  reconsider(): void {
    this.#changed();
  }

  /** Resolves once all that any carrier may write was taken by one. */
  async taken(): Promise<void> {
    while (this.#free.length > 0) await this.#change();
  }

  /** Resolves once all that was added has been written. */
  async emptied(): Promise<void> {
    while (this.#ordered.length + this.#free.length + this.#carried > 0) await this.#change();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#wakers.push(resolve));
  }

  /** Something may be possible that was not. */
  #changed(): void {
    const wakers = this.#wakers;
    this.#wakers = [];
    for (const wake of wakers) wake();
  }
}
