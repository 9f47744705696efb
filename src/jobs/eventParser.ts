import * as v from 'valibot';
import type { JobEvent } from './job.js';

/** Version of the journal's lines. A higher one was written by a newer Trainyard. */
export const journalVersion = 1;

const parameters = v.record(v.string(), v.union([v.string(), v.number(), v.boolean()]));

const spec = v.object({
  id: v.string(),
  name: v.string(),
  created: v.string(),
  dataset: v.string(),
  recipe: v.string(),
  parameters,
  place: v.object({
    provider: v.string(),
    destination: v.nullable(v.string()),
    identityFiles: v.array(v.string()),
  }),
  limits: v.object({
    hours: v.nullable(v.number()),
    stallMinutes: v.nullable(v.number()),
    graceSeconds: v.number(),
  }),
  results: v.object({ to: v.string(), checkpoints: v.boolean() }),
});

const instance = v.object({ provider: v.string(), id: v.string(), usdPerHour: v.number() });
const outcome = v.picklist(['succeeded', 'failed', 'cancelled']);
const reason = v.object({
  code: v.string(),
  message: v.string(),
  fix: v.nullable(v.string()),
  lines: v.exactOptional(v.array(v.string())),
});
const files = v.array(
  v.object({
    role: v.picklist(['model', 'card', 'checkpoint', 'file']),
    path: v.string(),
    sha256: v.string(),
    bytes: v.number(),
  }),
);
const training = v.object({
  exitCode: v.nullable(v.number()),
  signal: v.nullable(v.string()),
  cause: v.picklist(['exited', 'stopped', 'deadline', 'stalled', 'start-failed', 'vanished']),
  message: v.nullable(v.string()),
});

const at = v.string();
const event = v.variant('type', [
  v.object({ at, type: v.literal('planned'), spec }),
  v.object({ at, type: v.literal('launch.intended'), label: v.string() }),
  v.object({ at, type: v.literal('launched'), instance }),
  v.object({ at, type: v.literal('connected') }),
  v.object({
    at,
    type: v.literal('prepared'),
    environment: v.object({ python: v.string(), hash: v.string() }),
  }),
  v.object({ at, type: v.literal('uploaded'), dataset: v.object({ path: v.string(), hash: v.string() }) }),
  v.object({ at, type: v.literal('training.started'), pid: v.number() }),
  v.object({ at, type: v.literal('training.ended'), training }),
  v.object({ at, type: v.literal('collected'), files, outcome, reason }),
  v.object({ at, type: v.literal('fetched'), files }),
  v.object({ at, type: v.literal('gave-up'), outcome, reason }),
  v.object({ at, type: v.literal('released') }),
  v.object({ at, type: v.literal('stop.requested') }),
  v.object({ at, type: v.literal('extended'), hours: v.number() }),
  v.object({ at, type: v.literal('resumed') }),
]);

const versioned = v.object({ v: v.number() });

export type ParsedLine =
  | { readonly kind: 'event'; readonly event: JobEvent }
  /** Not JSON: what is left of a write that a crash cut short. It never took effect. */
  | { readonly kind: 'torn' }
  | { readonly kind: 'newer'; readonly version: number }
  | { readonly kind: 'invalid'; readonly why: string };

/** One line of `job.jsonl`, without its newline. */
export function parseEventLine(line: string): ParsedLine {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return { kind: 'torn' };
  }
  const version = v.safeParse(versioned, json);
  if (version.success && version.output.v > journalVersion) {
    return { kind: 'newer', version: version.output.v };
  }
  const parsed = v.safeParse(event, json);
  if (!parsed.success) return { kind: 'invalid', why: v.summarize(parsed.issues) };
  return { kind: 'event', event: parsed.output };
}

export function formatEventLine(jobEvent: JobEvent): string {
  return `${JSON.stringify({ v: journalVersion, ...jobEvent })}\n`;
}
