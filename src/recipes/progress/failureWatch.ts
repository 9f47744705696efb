import { exception, gate, ignored, ignoredLines, reach, recovers, traceback } from './failureLine.js';
import {
  findCause,
  isFailureByItself,
  lossIsNan,
  lossIsZero,
  unknownFailure,
  type Failure,
} from './failures.js';
import type { Observation } from './observation.js';
import type { Metrics } from './point.js';

const announced =
  /^(?:Error running job: |Error executing job with overrides|.{0,100}returned non-zero exit status|Fatal error: )/;
/** Continuing for this many points means that the failure was caught. */
const pointsToForget = 3;

interface Incident {
  readonly line: number;
  failure: Failure | undefined;
  rank: number;
  exceptionLine: string | undefined;
  awaitsMessage: boolean;
  pointsSince: number;
}

/** Follows tracebacks, deadly messages and losses that went astray. */
export class FailureWatch {
  #incident: Incident | undefined;
  #forgotten: Failure | undefined;
  #message: Failure | undefined;
  #badLosses = 0;
  #zeroLosses = 0;
  #ignoredUntil = 0;
  #losses = 0;
  readonly #warnings = new Set<string>();

  get warnings(): readonly string[] {
    return [...this.#warnings];
  }

  /** What the output says went wrong, if the training did not get over it. */
  get failure(): Failure | undefined {
    return this.#message ?? (this.#incident && describe(this.#incident));
  }

  /** Also what it got over, when we know from elsewhere that it failed. */
  get lastFailure(): Failure | undefined {
    return this.failure ?? this.#forgotten;
  }

  /** The loss makes the result worthless though nothing was thrown. */
  get spoiledLoss(): Failure | undefined {
    if (this.#badLosses >= 3 || (this.#losses > 0 && this.#badLosses === this.#losses)) {
      return lossIsNan;
    }
    return this.#losses >= 2 && this.#zeroLosses === this.#losses ? lossIsZero : undefined;
  }

  /** An error that the program reported itself, in our protocol. */
  reported(message: string): void {
    const cause = findCause(message)?.failure;
    this.#message = {
      code: cause?.code ?? 'reported',
      message: endSentence(message),
      fix: cause?.fix ?? 'Read the end of the log.',
    };
  }

  /** The next line, whatever it looks like, is the message of the exception. */
  get awaitsMessage(): boolean {
    return this.#incident?.awaitsMessage ?? false;
  }

  /** Whether the line could matter here. */
  read(text: string, line: number): boolean {
    const incident = this.#incident;
    if (incident?.awaitsMessage) {
      this.#readMessage(incident, text);
      return true;
    }
    const isRemarkable = gate.test(text);
    if (isRemarkable) {
      this.#readRemarkable(text, line);
    }
    return isRemarkable;
  }

  /** The training went on. */
  progressed(observation: Observation): void {
    this.#noteLoss(observation);
    const incident = this.#incident;
    if (
      incident &&
      observation.kind === undefined &&
      observation.phase !== 'validation' &&
      ++incident.pointsSince >= pointsToForget
    ) {
      this.#forgotten = describe(incident);
      this.#warn(this.#forgotten.message);
      this.#incident = undefined;
    }
  }

  #readRemarkable(text: string, line: number): void {
    if (recovers.test(text)) {
      this.#warn('The GPU ran out of memory once and the training went on.');
      return;
    }
    const thrown = exception.exec(text);
    if (this.#isIgnored(text, line, thrown !== null)) {
      return;
    }
    const begins =
      text.includes(traceback) ||
      announced.test(text) ||
      (thrown !== null && (thrown[2] !== undefined || /Interrupt|Empty$/.test(text)));
    if (begins || isFailureByItself(text)) {
      this.#begin(text, line);
    }
    const incident = this.#incident;
    if (incident && line - incident.line <= reach) {
      this.#collect(incident, text, thrown);
    }
  }

  /** Python says when an exception has no consequence (mostly objects that are torn down). */
  #isIgnored(text: string, line: number, isThrown: boolean): boolean {
    if (text.startsWith(ignored)) {
      this.#ignoredUntil = line + ignoredLines;
      return true;
    }
    const isIgnored = line <= this.#ignoredUntil;
    if (isThrown) {
      this.#ignoredUntil = 0;
    }
    return isIgnored;
  }

  #begin(text: string, line: number): void {
    const incident = this.#incident;
    if (!incident || text.includes(traceback) || line - incident.line > reach) {
      const kept = incident && line - incident.line <= reach ? incident : undefined;
      this.#incident = {
        line,
        failure: kept?.failure,
        rank: kept?.rank ?? Infinity,
        exceptionLine: undefined,
        awaitsMessage: false,
        pointsSince: 0,
      };
    }
  }

  #collect(incident: Incident, text: string, thrown: RegExpExecArray | null): void {
    if (thrown) {
      incident.exceptionLine = text.trim();
      incident.awaitsMessage = thrown[2] === '' || (thrown[2] === undefined && text.trimEnd().endsWith(':'));
    }
    this.#consider(incident, text);
  }

  /** `FileNotFoundError: ` and the message on the next line. */
  #readMessage(incident: Incident, text: string): void {
    if (text.trim() !== '') {
      incident.awaitsMessage = false;
      incident.exceptionLine = `${incident.exceptionLine ?? ''} ${text.trim().slice(0, 600)}`;
      this.#consider(incident, text);
    }
  }

  #consider(incident: Incident, text: string): void {
    const cause = findCause(text);
    if (cause && cause.rank < incident.rank) {
      incident.failure = cause.failure;
      incident.rank = cause.rank;
    }
  }

  /** Several NaN in a row are fatal, one is not; a loss of 0 with a NaN gradient is a NaN that was hidden. */
  #noteLoss({ metrics, phase }: Observation): void {
    if (!metrics || phase === 'validation') {
      return;
    }
    const loss = trainingLoss(metrics);
    if (loss === undefined) {
      return;
    }
    const isBad = !Number.isFinite(loss) || (loss === 0 && Number.isNaN(metrics.grad_norm));
    this.#losses++;
    this.#badLosses = isBad ? this.#badLosses + 1 : 0;
    this.#zeroLosses += loss === 0 && !isBad && !stillLearns(metrics) ? 1 : 0;
    if (isBad) {
      this.#warn('A loss was NaN or infinite.');
    }
  }

  #warn(text: string): void {
    if (this.#warnings.size < 20) {
      this.#warnings.add(text);
    }
  }
}

const lossNames = new Set([
  'loss',
  'train_loss',
  'avr_loss',
  'total_loss',
  'train/loss',
  'training_loss',
  'lm loss',
  'box_loss',
  'train/box_loss',
  'train_loss_step',
]);

function trainingLoss(metrics: Metrics): number | undefined {
  for (const name in metrics) {
    if (lossNames.has(name)) {
      return metrics[name];
    }
  }
  return undefined;
}

/** The loss of reinforcement learning begins at 0, and a gradient says that there is something to learn. */
function stillLearns({ reward, grad_norm: gradient = 0 }: Metrics): boolean {
  return reward !== undefined || gradient > 0;
}

function describe({ failure, exceptionLine }: Incident): Failure {
  if (!failure) {
    return unknownFailure(exceptionLine === undefined ? undefined : exceptionLine.replace(/\.$/, ''));
  }
  return failure;
}

function endSentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
