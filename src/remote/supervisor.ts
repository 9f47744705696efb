import * as v from 'valibot';

/** What the supervisor is asked to run; `runtime/README.md` describes the file. Paths are the machine's. */
export interface JobFile {
  readonly version: 1;
  readonly job: string;
  /** From 1; grows with every resume. */
  readonly attempt: number;
  readonly recipe: string;
  readonly params: Readonly<Record<string, string | number | boolean>>;
  readonly dataset: string;
  readonly output: string;
  readonly argv: readonly string[];
  readonly cwd: string;
  /** Added to the training's environment. Never a secret. */
  readonly env: Readonly<Record<string, string>>;
  readonly limits: {
    /** Of this attempt; `null` is no limit. */
    readonly hours: number | null;
    /** Without output and without GPU load; `null` is no limit. */
    readonly stallMinutes: number | null;
    /** Between SIGTERM and SIGKILL. */
    readonly graceSeconds: number;
    /**
     * Of a rented machine: the training must be over by then, Unix seconds of the machine's clock, so that its result
     * can be collected before the machine ends. `null` is no limit.
     */
    readonly endsAt: number | null;
    /** So long before `endsAt` the supervisor warns and asks for a checkpoint; `null` is no warning. */
    readonly warnSeconds: number | null;
  };
}

const endReasons = ['exited', 'stopped', 'deadline', 'stalled', 'start-failed', 'vanished'] as const;

/**
 * Why a training ended: by itself, on request, at its time limit, without a sign of life, because it could not be
 * started, or unseen.
 */
export type EndReason = (typeof endReasons)[number];

/** What the supervisor knows: state.json. Times are Unix seconds of the machine's clock. */
export interface SupervisorState {
  readonly version: 1;
  readonly attempt: number;
  readonly phase: 'running' | 'ended';
  readonly supervisorPid: number;
  /** `null` when nothing was started. */
  readonly pid: number | null;
  readonly started: number | null;
  /** Moves every two seconds while the supervisor lives. */
  readonly heartbeat: number;
  readonly ended: number | null;
  readonly exitCode: number | null;
  /** `SIGKILL`, when a signal ended the training. */
  readonly signal: string | null;
  /** While running: why it is being stopped. */
  readonly reason: EndReason | null;
  /** One sentence for a person, when there is more to say than the reason. */
  readonly message: string | null;
  /** One sentence for a person while the limit of the rented machine is near and nobody has extended it. */
  readonly warning: string | null;
  /** When the first of its limits stops it. */
  readonly deadline: number | null;
}

const stateSchema = v.object({
  version: v.literal(1),
  attempt: v.number(),
  phase: v.picklist(['running', 'ended']),
  supervisorPid: v.number(),
  pid: v.nullable(v.number()),
  started: v.nullable(v.number()),
  heartbeat: v.number(),
  ended: v.nullable(v.number()),
  exitCode: v.nullable(v.number()),
  signal: v.nullable(v.string()),
  reason: v.nullable(v.picklist(endReasons)),
  message: v.nullable(v.string()),
  // Supervisors of jobs that were started by an older Trainyard do not say it.
  warning: v.optional(v.nullable(v.string()), null),
  deadline: v.nullable(v.number()),
});

/** @param value the object of state.json */
export function parseState(value: unknown): SupervisorState {
  return v.parse(stateSchema, value);
}

/** A run as the agent sees it. */
export interface RunStatus {
  /** `null` before the first start. */
  readonly state: SupervisorState | null;
  readonly logBytes: number;
  readonly gpuBytes: number;
  readonly supervisorAlive: boolean;
}

const statusSchema = v.object({
  state: v.nullable(stateSchema),
  logBytes: v.number(),
  gpuBytes: v.number(),
  supervisorAlive: v.boolean(),
});

export function parseRunStatus(value: unknown): RunStatus {
  return v.parse(statusSchema, value);
}
