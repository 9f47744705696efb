import { plainTexts } from './ansi.js';
import { protocolStart, readProtocolLine, type ProtocolMessage } from './detectors/jsonLines.js';
import { ProtocolDetector } from './detectors/protocol.js';
import { traceback } from './failureLine.js';
import type { FailureWatch } from './failureWatch.js';
import { Line } from './line.js';
import { LineLayout } from './lineLayout.js';
import type { Detector, Observation } from './observation.js';
import { withoutPrefixes } from './prefix.js';
import type { Segment } from './segment.js';
import { ShapeMemory } from './shapes.js';

/** Longer texts have nothing to say about progress but what they begin with. */
const maxTextLength = 8192;
/** How many things may be glued into one line before the rest is left alone. */
const maxPieces = 8;
const gluedKilled = /\S(?=Killed\s{0,4}$)/;

/** Gets what was read, with the number of its line. */
export interface LineSink {
  observed(observation: Observation, line: number): void;
  told(message: ProtocolMessage, line: number): void;
}

/** How the last line of a shape was read. */
interface Plan {
  readonly detector: Detector;
  /** Undefined when the shape does not tell enough, and each line has to be looked at. */
  readonly layout: LineLayout | undefined;
}

/** The whole segment that a text was, when it was that alone. */
interface Origin {
  readonly raw: string;
  readonly segment: Segment;
}

/**
 * Takes lines apart and finds who understands the parts. Lines of a shape seen before go the same way again,
 * straight to their detector or to nobody, until {@link forget}.
 */
export class LineReader {
  readonly #detectors: readonly Detector[];
  readonly #failures: FailureWatch;
  readonly #sink: LineSink;
  readonly #plans = new ShapeMemory<Plan | 'nobody'>();
  readonly #protocol = new ProtocolDetector();
  #onlyProtocol = false;

  constructor(detectors: readonly Detector[], failures: FailureWatch, sink: LineSink) {
    this.#detectors = detectors;
    this.#failures = failures;
    this.#sink = sink;
  }

  /** Detectors learned something that may change how they read. */
  forget(): void {
    this.#plans.clear();
  }

  /** The program reports its progress in our protocol: what else it prints is for people. */
  listenToProtocolOnly(): void {
    if (!this.#onlyProtocol) {
      this.#onlyProtocol = true;
      this.forget();
    }
  }

  read(segment: Segment, line: number): void {
    const plan = this.#failures.awaitsMessage ? undefined : this.#plans.get(segment);
    if (plan === 'nobody' || (plan && this.#follow(plan, segment, line))) {
      return;
    }
    const raw = segment.text;
    const texts = plainTexts(raw);
    const isWhole = texts.length === 1 && segment.isMemorable;
    for (const text of texts) {
      this.#readText(withoutPrefixes(text), line, isWhole ? { raw, segment } : undefined, maxPieces);
    }
  }

  /** Reads a line as the last one of its shape was read; false when it turns out to be different. */
  #follow({ detector, layout }: Plan, segment: Segment, number: number): boolean {
    if (layout?.fits(segment) === false) {
      return false;
    }
    const line = layout ? Line.ofSegment(segment, number, layout) : lineOf(segment, number);
    const observation = detector.read(line);
    if (line.isNews) {
      this.#plans.delete(segment);
    }
    if (!observation) {
      return false;
    }
    this.#sink.observed(observation, number);
    return true;
  }

  /** Programs share one terminal, so a text may be several, one glued behind the other. */
  #readText(text: string, line: number, origin: Origin | undefined, pieces: number): void {
    if (text === '' || pieces === 0) {
      return;
    }
    const glued = gluedAt(text);
    if (glued > 0) {
      this.#readText(text.slice(0, glued), line, undefined, pieces - 1);
      this.#readText(text.slice(glued), line, undefined, pieces - 1);
      return;
    }
    if (protocolStart(text) !== -1 && this.#readProtocol(text, line, origin)) {
      return;
    }
    this.#readPiece(text.length > maxTextLength ? text.slice(0, maxTextLength) : text, line, origin, pieces);
  }

  #readProtocol(text: string, number: number, origin: Origin | undefined): boolean {
    const layout = new LineLayout(text);
    const progress = this.#protocol.read(Line.ofText(text, number, layout));
    if (progress) {
      if (origin) {
        this.#learn(origin, layout, this.#protocol);
      }
      this.#sink.observed(progress, number);
      return true;
    }
    const message = readProtocolLine(text);
    if (message) {
      this.#sink.told(message, number);
    }
    return message !== undefined;
  }

  #readPiece(text: string, number: number, origin: Origin | undefined, pieces: number): void {
    const layout = new LineLayout(text);
    const { bar } = layout;
    const hasDict = bar?.label.includes("{'") ?? false;
    if (bar && hasDict) {
      this.#readText(bar.label, number, undefined, pieces - 1);
    }
    const found = this.#onlyProtocol ? undefined : this.#detect(Line.ofText(text, number, layout));
    const isProof = found?.observation.framework !== undefined && found.observation.metrics !== undefined;
    const isRemarkable = !bar && !isProof && this.#failures.read(text, number);
    if (origin && !isRemarkable && !hasDict && (bar?.after ?? '') === '') {
      this.#learn(origin, layout, found?.detector);
    }
    if (found) {
      this.#sink.observed(found.observation, number);
    }
    if (bar) {
      this.#readText(bar.after, number, undefined, pieces - 1);
    }
  }

  #detect(line: Line): { detector: Detector; observation: Observation } | undefined {
    for (const detector of this.#detectors) {
      const observation = detector.read(line);
      if (observation) {
        return { detector, observation };
      }
    }
    return undefined;
  }

  #learn({ raw, segment }: Origin, layout: LineLayout, detector: Detector | undefined): void {
    if (!detector) {
      if (!layout.bar) {
        this.#plans.set(segment, 'nobody');
      }
    } else {
      this.#plans.set(segment, { detector, layout: layout.remember(raw, segment) ? layout : undefined });
    }
  }
}

function lineOf(segment: Segment, number: number): Line {
  const text = withoutPrefixes(plainTexts(segment.text).join(''));
  return Line.ofText(text, number, new LineLayout(text));
}

/** Where a traceback, or the shell's `Killed`, is glued behind something else; 0 when it is not. */
function gluedAt(text: string): number {
  const at = text.indexOf(traceback);
  if (at > 0 && text.slice(0, at).trim() !== '') {
    return at;
  }
  return text.endsWith('Killed') || text.endsWith('Killed ') ? (gluedKilled.exec(text)?.index ?? -1) + 1 : 0;
}
