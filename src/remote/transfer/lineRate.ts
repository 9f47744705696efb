/** How fast a line is, by what it takes while there is more to carry all the time. */
export class LineRate {
  readonly #windowMs: number;
  #bytes = 0;
  #sinceMs: number | undefined;
  #bytesPerSecond: number | undefined;

  /** @param windowMs for so long it is counted at once */
  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** Of the last window; `undefined` before there was one. */
  get bytesPerSecond(): number | undefined {
    return this.#bytesPerSecond;
  }

  /** The line has taken so many bytes. @returns whether a window has ended with them */
  taken(bytes: number, nowMs: number): boolean {
    this.#sinceMs ??= nowMs;
    this.#bytes += bytes;
    const pastMs = nowMs - this.#sinceMs;
    if (pastMs < this.#windowMs) return false;
    this.#bytesPerSecond = (this.#bytes / pastMs) * 1000;
    this.#sinceMs = nowMs;
    this.#bytes = 0;
    return true;
  }

  /** Nothing waits for the line: how fast it is does not show. */
  rested(): void {
    this.#sinceMs = undefined;
    this.#bytes = 0;
  }
}
