/** Names and values exactly as the program printed them; NaN and infinities are kept. Has no prototype. */
export type Metrics = Record<string, number>;

/** `validation` marks values measured on held-out data, so that a chart keeps two series of one name apart. */
export type PointPhase = 'train' | 'validation';

/** One sample of progress: where the training was and what it measured there. */
export interface ProgressPoint {
  /** From 1: lines as `\n` counts them. A bar that rewrites itself stays on one line. */
  readonly line: number;
  /** From 1, whatever the framework prints; fractional where it counts that way (Hugging Face). */
  readonly epoch: number | null;
  readonly totalEpochs: number | null;
  /** As displayed: inside the epoch where the framework counts epochs, else of the whole run. */
  readonly step: number | null;
  readonly totalSteps: number | null;
  /** 0..1 of the whole run; never goes down within one training. */
  readonly progress: number | null;
  readonly metrics: Readonly<Metrics>;
  readonly phase: PointPhase;
}

/** Behind every metrics object: nothing. (An object of its own, because objects without any are slow.) */
const nothing = Object.freeze(Object.create(null) as object);

/** A metrics object in which `__proto__` and `constructor` are names like any other. */
export function newMetrics(): Metrics {
  return Object.create(nothing) as Metrics;
}
