import { plainTexts } from './ansi.js';
import { findBar } from './bar.js';
import { readProtocolLine, type ProtocolMessage } from './detectors/jsonLines.js';
import type { FailureWatch } from './failureWatch.js';
import type { Detector, Line, Observation } from './observation.js';
import { withoutPrefixes } from './prefix.js';
import { shapeOf, ShapeMemory } from './shapes.js';

/** Longer texts have nothing to say about progress but what they begin with. */
const maxTextLength = 8192;
/** How many things may be glued into one line before the rest is left alone. */
const maxPieces = 8;
const traceback = 'Traceback (most recent call last)';
const gluedKilled = /\S(?=Killed\s{0,4}$)/;

/** Gets what was read, with the number of its line. */
export interface LineSink {
  observed(observation: Observation, line: number): void;
  told(message: ProtocolMessage, line: number): void;
}

/** How the last line of a shape was read. */
interface Plan {
  readonly detector: Detector;
  /** There was nothing to take off before it could be read. */
  readonly isRaw: boolean;
  readonly hasBar: boolean;
}

/** The whole segment a text was, when it was that alone. */
interface Origin {
  readonly raw: string;
  readonly shape: number;
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
    this.#onlyProtocol = true;
    this.forget();
  }

  read(raw: string, line: number): void {
    const shape = shapeOf(raw);
    const plan = this.#failures.awaitsMessage ? undefined : this.#plans.get(shape);
    if (plan === 'nobody' || (plan && this.#follow(plan, raw, line))) {
      return;
    }
    const texts = plainTexts(raw);
    for (const text of texts) {
      this.#readText(withoutPrefixes(text), line, texts.length === 1 ? { raw, shape } : undefined, maxPieces);
    }
  }

  /** Reads a line as the last one of its shape was read; false when it turns out to be different. */
  #follow({ detector, isRaw, hasBar }: Plan, raw: string, line: number): boolean {
    const text = isRaw ? raw : withoutPrefixes(plainTexts(raw).join(''));
    const bar = hasBar ? findBar(text) : undefined;
    const observation = detector.read({ text, number: line, bar });
    if (!observation) {
      return false;
    }
    this.#sink.observed(observation, line);
    if (bar) {
      this.#readText(bar.after, line, undefined, maxPieces);
    }
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
    const message = readProtocolLine(text);
    if (message) {
      this.#sink.told(message, line);
      return;
    }
    this.#readPiece(text.length > maxTextLength ? text.slice(0, maxTextLength) : text, line, origin, pieces);
  }

  #readPiece(text: string, line: number, origin: Origin | undefined, pieces: number): void {
    const bar = findBar(text);
    if (bar?.label.includes("{'")) {
      this.#readText(bar.label, line, undefined, pieces - 1);
    }
    const found = this.#onlyProtocol ? undefined : this.#detect({ text, number: line, bar });
    const isProof = found?.observation.framework !== undefined && found.observation.metrics !== undefined;
    const isRemarkable = !bar && !isProof && this.#failures.read(text, line);
    if (origin && !isRemarkable) {
      this.#learn(origin, text, bar !== undefined, found?.detector);
    }
    if (found) {
      this.#sink.observed(found.observation, line);
    }
    if (bar) {
      this.#readText(bar.after, line, undefined, pieces - 1);
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

  #learn({ raw, shape }: Origin, text: string, hasBar: boolean, detector: Detector | undefined): void {
    if (detector) {
      this.#plans.set(shape, { detector, isRaw: raw === text, hasBar });
    } else if (!hasBar) {
      this.#plans.set(shape, 'nobody');
    }
  }
}

/** Where a traceback, or the shell's `Killed`, is glued behind something else; 0 when it is not. */
function gluedAt(text: string): number {
  const at = text.indexOf(traceback);
  if (at > 0 && text.slice(0, at).trim() !== '') {
    return at;
  }
  return text.endsWith('Killed') || text.endsWith('Killed ') ? (gluedKilled.exec(text)?.index ?? -1) + 1 : 0;
}
