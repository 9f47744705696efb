/** How long the log was at one moment. */
interface Mark {
  readonly bytes: number;
  /** Since the first mark. */
  readonly seconds: number;
}

/**
 * Tells when a byte of a log was written: lines bear no time, but every sample of the machine's load says how long the
 * log was then.
 */
export class LogClock {
  readonly #marks: Mark[] = [];
  /** Unix seconds of the machine that the first sample came from. */
  #began: number | null = null;
  /** What logs of earlier machines have in front of that of the present one. */
  #base = 0;
  #lastBytes = 0;
  #heardMs = 0;

  /**
   * @param time Unix seconds of the machine's clock
   * @param logBytes `null` where the machine does not tell
   * @param nowMs any steady clock of this computer
   */
  add({ time, logBytes }: { readonly time: number; readonly logBytes: number | null }, nowMs: number): void {
    if (logBytes === null) return;
    this.#began ??= time;
    // Another machine goes on with an empty log of its own.
    if (logBytes < this.#lastBytes) this.#base += this.#lastBytes;
    this.#lastBytes = logBytes;
    const before = this.#marks.at(-1);
    const mark = { bytes: this.#base + logBytes, seconds: Math.max(0, time - this.#began) };
    if (before?.bytes === mark.bytes) this.#marks.pop();
    this.#marks.push(mark);
    this.#heardMs = nowMs;
  }

  /** Where a part of the log is to be cut so that each piece lies between two moments; `to` comes last. */
  cuts(from: number, to: number): number[] {
    const within = this.#marks.slice(this.#indexBehind(from), this.#indexBehind(to - 1));
    return [...within.map(({ bytes }) => bytes), to];
  }

  /** Seconds from the first sample until the log was so long; `null` before there is a sample. */
  secondsAt(bytes: number, nowMs: number): number | null {
    const last = this.#marks.at(-1);
    if (!last) return null;
    if (bytes > last.bytes) return last.seconds + Math.max(0, nowMs - this.#heardMs) / 1000;
    const index = this.#indexBehind(bytes - 1);
    const after = this.#marks[index];
    const before = this.#marks[index - 1];
    if (!after || !before) return after?.seconds ?? null;
    const share = (bytes - before.bytes) / (after.bytes - before.bytes);
    return before.seconds + share * (after.seconds - before.seconds);
  }

  /** Index of the first mark behind a position. */
  #indexBehind(bytes: number): number {
    let low = 0;
    let high = this.#marks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#marks[middle]?.bytes ?? Infinity) <= bytes) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
