import { isEmpty } from './pairs.js';
import { newMetrics, type Metrics, type ProgressPoint } from './point.js';

/**
 * Joins the states of one line that show the same step: a bar is drawn with the old values and again with
 * the new ones, or a dict is glued behind it. Only the last state of a step becomes a point.
 */
export class PointAssembler {
  readonly #points: ProgressPoint[] = [];
  #held: ProgressPoint | undefined;
  /** Whether the held state said its epoch itself; else the epoch was only the newest known. */
  #heldSaysEpoch = false;

  add(point: ProgressPoint, saysEpoch: boolean): void {
    const held = this.#held;
    if (held && this.#isSameState(held, point, saysEpoch)) {
      this.#held = {
        ...point,
        metrics: isEmpty(point.metrics) ? held.metrics : joined(held.metrics, point.metrics),
      };
      this.#heldSaysEpoch ||= saysEpoch;
      return;
    }
    this.flush();
    this.#held = point;
    this.#heldSaysEpoch = saysEpoch;
  }

  /** Lines before this one cannot change any more. */
  flushBefore(line: number): void {
    if (this.#held && this.#held.line < line) {
      this.flush();
    }
  }

  flush(): void {
    if (this.#held) {
      this.#points.push(this.#held);
      this.#held = undefined;
    }
  }

  /** The points finished since the last call. */
  take(): readonly ProgressPoint[] {
    return this.#points.splice(0);
  }

  #isSameState(held: ProgressPoint, point: ProgressPoint, saysEpoch: boolean): boolean {
    const sameEpoch = held.epoch === point.epoch || !this.#heldSaysEpoch || !saysEpoch;
    const samePlace = held.line === point.line && held.step === point.step && held.phase === point.phase;
    return samePlace && sameEpoch && (point.step !== null || held.epoch === point.epoch);
  }
}

function joined(older: Readonly<Metrics>, newer: Readonly<Metrics>): Metrics {
  return Object.assign(newMetrics(), older, newer);
}
