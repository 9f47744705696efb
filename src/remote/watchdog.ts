import { gzipSync } from 'node:zlib';
import * as v from 'valibot';

const text = v.pipe(v.string(), v.nonEmpty());
const headers = v.record(text, v.string());
/** Later than any real one is a time in milliseconds. */
const unixSeconds = v.pipe(v.number(), v.finite(), v.minValue(0), v.maxValue(100_000_000_000));

/**
 * A request to the provider that ends the machine. `${NAME}` in `url`, `headers`, `body` and `where` is filled on the
 * machine: from secrets, the environment of the watchdog, or that of the container.
 */
const attemptSchema = v.object({
  method: v.picklist(['GET', 'POST', 'PUT', 'DELETE']),
  url: text,
  headers,
  body: v.nullable(text),
  /** Asked first: the one entry of `list` in the answer that is as `where` says; its `field` is then `${as}`. */
  find: v.nullable(
    v.object({
      method: v.picklist(['GET', 'POST']),
      url: text,
      headers,
      list: text,
      where: headers,
      field: text,
      as: v.pipe(v.string(), v.regex(/^\w+$/)),
    }),
  ),
});

const requestSchema = v.object({
  version: v.literal(1),
  /** When the machine must end, Unix seconds. Limits that are set later replace it. */
  deadline: unixSeconds,
  end: v.object({ attempts: v.array(attemptSchema) }),
});

export type EndAttempt = Readonly<v.InferOutput<typeof attemptSchema>>;

/** What `runtime/watchdog.py` is asked to do at boot. Holds no secret: hooks are shown in consoles and process lists. */
export interface WatchdogRequest {
  readonly version: 1;
  readonly deadline: number;
  readonly end: { readonly attempts: readonly EndAttempt[] };
}

/** What the agent is asked to set. */
export interface GuardRequest {
  /** Unix seconds of this computer's clock. */
  readonly deadline: number;
  /** So long the machine waits, after the training has ended, for somebody to collect the result. */
  readonly keepMinutes: number;
  readonly end: WatchdogRequest['end'];
  /** Values for `${NAME}`. They stay in the memory of the watchdog. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Text of `runtime/watchdog.py`. */
  readonly source: string;
}

const guardedSchema = v.object({
  pid: v.number(),
  deadline: v.number(),
  missing: v.array(v.string()),
  skewSeconds: v.number(),
});

/** A machine with a watchdog on guard. */
export interface Guarded {
  readonly pid: number;
  /** By the machine's clock. */
  readonly deadline: number;
  /** Names that nothing on the machine knows. With one of these the watchdog can end nothing. */
  readonly missing: readonly string[];
  /** What must be added to a time of this computer to get the machine's; 0 when they differ by less than a minute. */
  readonly skewSeconds: number;
}

export function parseGuarded(value: unknown): Guarded {
  return v.parse(guardedSchema, value);
}

const limitsSchema = v.nullable(
  v.object({
    deadline: v.nullable(v.number()),
    keepMinutes: v.nullable(v.number()),
    trainingEnded: v.nullable(v.number()),
    attended: v.nullable(v.number()),
  }),
);

/** limits.json, described in `runtime/README.md`. Times are Unix seconds of the machine's clock. */
export type MachineLimits = Readonly<NonNullable<v.InferOutput<typeof limitsSchema>>>;

export function parseMachineLimits(value: unknown): MachineLimits | null {
  return v.parse(limitsSchema, value);
}

/**
 * One line of shell that starts the watchdog in the background and always succeeds. It holds no quote, `$` or
 * backslash, so it may stand within `sh -c '…'`, in JSON or in a YAML text as it is. It must run as the user that
 * Trainyard logs in as, whose home has the limits. Needs python3, base64 and gzip.
 * @param source text of `runtime/watchdog.py`
 * @throws {v.ValiError} the request is not one
 */
export function bootLine(source: string, request: WatchdogRequest): string {
  const program = `REQUEST = ${pythonLiteral(v.parse(requestSchema, request))}\n${withoutComments(source)}\n`;
  const packed = gzipSync(program, { level: 9, memLevel: 9 }).toString('base64');
  return `(echo ${packed} | base64 -d | gzip -d | python3 -I -X utf8 &)`;
}

/** Of text and numbers alone JSON is Python too. What is `null` is left out. */
function pythonLiteral(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => part ?? undefined);
}

/** Comments, docstrings and empty lines left out, each level of indentation one space. */
function withoutComments(source: string): string {
  const docstring = /^ *"""(?:[^"]|"(?!""))*"""$/gm;
  const lines = source.replaceAll(docstring, '').split('\n');
  return lines
    .filter((line) => !/^\s*(#|$)/.test(line))
    .map((line) => line.replace(/^ +/, (indent) => ' '.repeat(indent.length / 4)))
    .join('\n');
}
