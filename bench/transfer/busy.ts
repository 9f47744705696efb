/** A transfer that is under way while something else is measured. */
export class Busy {
  readonly #end: Promise<unknown>;
  readonly #abort: AbortController;

  private constructor(end: Promise<unknown>, abort: AbortController) {
    this.#end = end;
    this.#abort = abort;
  }

  /**
   * @param transfer calls back once it is well under way, and ends with the signal
   * @returns it, once it is under way
   */
  static async start(
    transfer: (isUnderWay: () => void, signal: AbortSignal) => Promise<unknown>,
  ): Promise<Busy> {
    const abort = new AbortController();
    let isUnderWay = (): void => undefined;
    const begun = new Promise<void>((resolve) => (isUnderWay = resolve));
    const end = transfer(isUnderWay, abort.signal);
    end.catch(() => undefined);
    await Promise.race([begun, end]);
    return new Busy(end, abort);
  }

  /** @throws {Error} it was over before */
  async breakOff(): Promise<void> {
    const isOver = await Promise.race([this.#end.then(() => true), Promise.resolve(false)]);
    if (isOver) throw new Error('the transfer was over before what was measured beside it');
    this.#abort.abort();
    await this.#end.catch(() => undefined);
  }
}
