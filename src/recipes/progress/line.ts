import { barLayout, type Bar } from './bar.js';
import { LineLayout, type Finding } from './lineLayout.js';
import type { NamedPlace } from './pairs.js';
import type { Place } from './place.js';
import { newMetrics, type Metrics } from './point.js';
import type { Segment } from './segment.js';

/**
 * One state of one line, ready to be understood: no escapes, no log prefixes. What a detector needs to know of
 * how it is written it asks with {@link find}: in lines of a shape seen before nobody has to look again.
 */
export class Line {
  /** From 1. */
  readonly number: number;
  #layout: LineLayout;
  /** The bytes, when the layout was found in another line of this shape. */
  readonly #segment: Segment | undefined;
  #text: string | undefined;

  private constructor(
    number: number,
    layout: LineLayout,
    segment: Segment | undefined,
    text: string | undefined,
  ) {
    this.number = number;
    this.#layout = layout;
    this.#segment = segment;
    this.#text = text;
  }

  static ofText(text: string, number: number, layout: LineLayout): Line {
    return new Line(number, layout, undefined, text);
  }

  /** A line of the shape of a remembered layout. Good as long as the segment is. */
  static ofSegment(segment: Segment, number: number, layout: LineLayout): Line {
    return new Line(number, layout, segment, undefined);
  }

  /** Whether somebody asked what nobody had asked of the line that the layout was found in. */
  get isNews(): boolean {
    return this.#segment !== undefined && !this.#layout.isRemembered;
  }

  get text(): string {
    this.#text ??= this.#segment ? this.#layout.textOf(this.#segment) : '';
    return this.#text;
  }

  /** The progress bar in it. */
  get bar(): Bar | undefined {
    const layout = this.find(barLayout);
    return (
      layout && {
        count: layout.count ? this.value(layout.count) : 0,
        total: layout.total && this.value(layout.total),
        countsIterations: layout.countsIterations,
        remainingSeconds: this.seconds(layout.remaining),
      }
    );
  }

  find<T>(finding: Finding<T>): T {
    if (this.#layout.isRemembered && !this.#layout.knows(finding)) {
      this.#layout = new LineLayout(this.text);
    }
    return this.#layout.find(finding);
  }

  /** The number that stands there in this line. */
  value(place: Place): number {
    return this.#segment && place.runs ? this.#segment.number(place.runs) : this.#layout.ownValue(place);
  }

  metrics(pairs: readonly NamedPlace[]): Metrics {
    const metrics = newMetrics();
    for (const { name, place } of pairs) {
      metrics[name] = this.value(place);
    }
    return metrics;
  }

  /** The seconds of a clock: hours if there are any, minutes, seconds. Undefined when nothing is there. */
  seconds(clock: readonly Place[]): number | undefined {
    let seconds = clock.length === 0 ? undefined : 0;
    for (const part of clock) {
      seconds = (seconds ?? 0) * 60 + this.value(part);
    }
    return seconds;
  }
}
