import * as v from 'valibot';
import { looseNumber, toMetrics } from './detectors/looseNumber.js';
import { newMetrics, type Metrics } from './point.js';

/** What a model made at one moment of its training: a text it wrote, or an image it drew. */
export interface ModelSample {
  readonly prompt: string | null;
  readonly generated: string | null;
  /** What a good answer looks like, to read beside `generated`. */
  readonly reference: string | null;
  /** The image file on the machine, as the program named it. */
  readonly image: string | null;
  readonly step: number | null;
  /** From 1, may be a fraction. */
  readonly epoch: number | null;
  readonly scores: Readonly<Metrics>;
}

const mostTextLength = 4_000;
const mostPathLength = 2_000;
const mostScores = 20;
const mostScoreNameLength = 60;

const text = v.fallback(v.nullish(v.string()), undefined);

const schema = v.object({
  prompt: text,
  generated: text,
  reference: text,
  image: text,
  step: looseNumber,
  epoch: looseNumber,
  scores: v.fallback(v.optional(v.record(v.string(), v.unknown())), undefined),
});

/**
 * The `data` of a `{"type":"sample"}` line. Long texts are cut, what has another type counts as absent.
 * Undefined when it shows neither a text nor an image.
 */
export function parseModelSample(data: unknown): ModelSample | undefined {
  const parsed = v.safeParse(schema, data);
  if (!parsed.success) return undefined;
  const { prompt, generated, reference, image, step, epoch, scores } = parsed.output;
  const path = image && image.length <= mostPathLength ? image : null;
  if (path === null && typeof generated !== 'string') return undefined;
  return {
    prompt: shortened(prompt),
    generated: shortened(generated),
    reference: shortened(reference),
    image: path,
    step: finite(step),
    epoch: finite(epoch),
    scores: toScores(scores ?? {}),
  };
}

function shortened(said: string | null | undefined): string | null {
  if (said === null || said === undefined) return null;
  return said.length > mostTextLength ? `${said.slice(0, mostTextLength)}…` : said;
}

function finite(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}

function toScores(record: Readonly<Record<string, unknown>>): Metrics {
  const scores = newMetrics();
  const named = Object.entries(toMetrics(record)).filter(([name]) => name.length <= mostScoreNameLength);
  for (const [name, value] of named.slice(0, mostScores)) scores[name] = value;
  return scores;
}
