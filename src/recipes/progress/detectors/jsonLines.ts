import * as v from 'valibot';
import type { Observation } from '../observation.js';
import { newMetrics, type Metrics } from '../point.js';

/** What a line of our own protocol says; see {@link readProtocolLine}. */
export type ProtocolMessage =
  | { readonly type: 'progress'; readonly observation: Observation }
  | { readonly type: 'model'; readonly path: string }
  | { readonly type: 'error'; readonly message: string }
  | { readonly type: 'other' };

const opening = /\{\s{0,4}"type"\s{0,4}:/;

/**
 * `{"type":"progress","data":{…}}` and its kin, anywhere in the text (it may be glued behind a bar).
 * Undefined when there is none; what cannot be understood is `other`, never an error.
 */
export function readProtocolLine(text: string): ProtocolMessage | undefined {
  const start = text.includes('"type"') ? text.search(opening) : -1;
  if (start === -1) {
    return undefined;
  }
  const parsed = v.safeParse(message, parsePythonJson(text.slice(start)));
  return parsed.success ? toMessage(parsed.output) : undefined;
}

/** Python's json.dumps writes bare NaN and Infinity; they become strings before JSON.parse sees them. */
function parsePythonJson(text: string): unknown {
  const end = text.lastIndexOf('}');
  const json = text.slice(0, end + 1);
  try {
    return JSON.parse(json.replace(/"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b/g, quoteBareWord));
  } catch {
    return undefined;
  }
}

function quoteBareWord(token: string): string {
  return token.startsWith('"') ? token : `"${token}"`;
}

/** Numbers may come as strings: `"5"`, `"NaN"`. Anything else counts as absent. */
const looseNumber = v.fallback(
  v.optional(
    v.pipe(
      v.union([v.number(), v.string()]),
      v.transform((value) => (typeof value === 'number' ? value : fromText(value))),
    ),
  ),
  undefined,
);

const progressData = v.object({
  epoch: looseNumber,
  total_epochs: looseNumber,
  step: looseNumber,
  total_steps: looseNumber,
  progress: looseNumber,
  eta_seconds: looseNumber,
  metrics: v.fallback(v.optional(v.record(v.string(), v.unknown())), undefined),
  save_dir: v.fallback(v.optional(v.string()), undefined),
  path: v.fallback(v.optional(v.string()), undefined),
});

const message = v.object({
  type: v.string(),
  data: v.fallback(v.optional(progressData), undefined),
  path: v.fallback(v.optional(v.string()), undefined),
  message: v.fallback(v.optional(v.string()), undefined),
});

function toMessage(output: v.InferOutput<typeof message>): ProtocolMessage {
  switch (output.type) {
    case 'progress':
    case 'epoch':
      return output.data ? { type: 'progress', observation: toObservation(output.data) } : { type: 'other' };
    case 'checkpoint':
      return checkpointMessage(output.data?.path ?? output.path);
    case 'model':
      return output.path === undefined ? { type: 'other' } : { type: 'model', path: output.path };
    case 'error':
      return output.message === undefined ? { type: 'other' } : { type: 'error', message: output.message };
    default:
      return { type: 'other' };
  }
}

function checkpointMessage(path: string | undefined): ProtocolMessage {
  return path === undefined
    ? { type: 'other' }
    : { type: 'progress', observation: { framework: 'trainyard', checkpoint: path, kind: 'silent' } };
}

function toObservation(data: v.InferOutput<typeof progressData>): Observation {
  return {
    framework: 'trainyard',
    ...(data.epoch !== undefined && { epoch: data.epoch }),
    ...(data.total_epochs !== undefined && { totalEpochs: data.total_epochs }),
    ...(data.step !== undefined && { step: data.step }),
    ...(data.total_steps !== undefined && { totalSteps: data.total_steps }),
    ...(data.step !== undefined && data.epoch !== undefined && { scope: 'epoch' }),
    ...(data.progress !== undefined && { progress: data.progress }),
    ...(data.eta_seconds !== undefined && { etaSeconds: data.eta_seconds }),
    ...(data.save_dir !== undefined && { saveDir: data.save_dir }),
    ...(data.metrics && { metrics: toMetrics(data.metrics) }),
  };
}

function toMetrics(record: Record<string, unknown>): Metrics {
  const metrics = newMetrics();
  for (const [name, value] of Object.entries(record)) {
    const parsed =
      typeof value === 'number' ? value : typeof value === 'string' ? fromText(value) : undefined;
    if (parsed !== undefined) {
      metrics[name] = parsed;
    }
  }
  return metrics;
}

/** The number a text says, NaN and infinities included; undefined when it says something else. */
function fromText(text: string): number | undefined {
  const plain = text.trim().toLowerCase();
  if (plain === 'nan') {
    return NaN;
  }
  const infinity = /^([-+]?)inf(?:inity)?$/.exec(plain);
  if (infinity) {
    return infinity[1] === '-' ? -Infinity : Infinity;
  }
  const value = plain === '' ? NaN : Number(plain);
  return Number.isNaN(value) ? undefined : value;
}
