import * as v from 'valibot';
import type { JobEvent } from './job.js';

/** How long a machine waits for its results to be collected, when nobody says. */
export const defaultKeepMinutes = 120;

/** Version of the journal's lines. A higher one was written by a newer Trainyard. */
export const journalVersion = 1;

const parameters = v.record(v.string(), v.union([v.string(), v.number(), v.boolean()]));

const resource = v.object({
  provider: v.string(),
  kind: v.picklist(['ssh-key', 'ip', 'volume']),
  name: v.string(),
  id: v.nullable(v.string()),
  details: v.record(v.string(), v.string()),
});

const offer = v.object({
  provider: v.string(),
  id: v.string(),
  gpu: v.string(),
  count: v.number(),
  vramGb: v.number(),
  usdPerHour: v.number(),
  region: v.nullable(v.string()),
  spot: v.boolean(),
  hostKey: v.nullable(v.string()),
});

const rentWish = v.object({
  providers: v.array(v.string()),
  need: v.object({
    gpus: v.array(v.string()),
    vramGb: v.nullable(v.number()),
    count: v.number(),
    maxUsdPerHour: v.nullable(v.number()),
    spot: v.nullable(v.boolean()),
    regions: v.array(v.string()),
    diskGb: v.number(),
  }),
  first: v.nullable(offer),
  agreedUsdPerHour: v.number(),
});

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
  // Journals of before machines could be rented have neither these nor a budget.
  rent: v.optional(v.nullable(rentWish), null),
  limits: v.object({
    hours: v.nullable(v.number()),
    budgetUsd: v.optional(v.nullable(v.number()), null),
    keepMinutes: v.optional(v.number(), defaultKeepMinutes),
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

const mirrored = v.object({ log: v.number(), gpu: v.number() });
const at = v.string();
const event = v.variant('type', [
  v.object({ at, type: v.literal('planned'), spec }),
  v.object({
    at,
    type: v.literal('launch.intended'),
    label: v.string(),
    rental: v.exactOptional(
      v.object({
        offer,
        deadline: v.number(),
        endsAt: v.number(),
        keyMark: v.exactOptional(v.string()),
      }),
    ),
  }),
  v.object({
    at,
    type: v.literal('launch.refused'),
    label: v.string(),
    why: v.string(),
  }),
  v.object({
    at,
    type: v.literal('repriced'),
    provider: v.string(),
    id: v.string(),
    usdPerHour: v.number(),
  }),
  v.object({
    at,
    type: v.literal('instance.rejected'),
    why: v.string(),
    lineWasSlow: v.exactOptional(v.boolean()),
  }),
  v.object({
    at,
    type: v.literal('instance.lost'),
    why: v.string(),
    mirrored,
  }),
  v.object({ at, type: v.literal('instance.gone'), provider: v.string(), id: v.string() }),
  v.object({ at, type: v.literal('resource.intended'), resource }),
  v.object({ at, type: v.literal('resource.made'), resource }),
  v.object({ at, type: v.literal('resource.gone'), resource }),
  v.object({ at, type: v.literal('agreed'), usdPerHour: v.number() }),
  v.object({ at, type: v.literal('budget.reached'), percent: v.number() }),
  v.object({ at, type: v.literal('release.overdue'), message: v.string() }),
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
  v.object({ at, type: v.literal('resumed'), mirrored: v.exactOptional(mirrored) }),
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
