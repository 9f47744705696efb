import { createInterface } from 'node:readline';
import * as v from 'valibot';
import { InstallError, MachineError } from '../errors.js';
import { noPythonError, noPythonExitCode } from './boot.js';
import type { Exit, Host, HostProcess } from './host.js';
import type { RuntimeFiles } from './runtimeFiles.js';

export interface EnvironmentRequest {
  /** Requirement specifiers, as in requirements.txt; empty for Python's standard library alone. */
  readonly requirements: readonly string[];
  /** Name of a file in `runtime/locks/`, without `.txt`: its versions are taken, whatever else the requirements allow. */
  readonly lock?: string;
  /** The requirements hold PyTorch: see runtime/README.md for which one is taken. */
  readonly torch?: boolean;
  /** Version limits for whatever is installed. */
  readonly constraints?: readonly string[];
  /** `3.10` */
  readonly minimumPython: string;
}

export interface ReadyEnvironment {
  /** Absolute path on the host. */
  readonly python: string;
  /** `system` when it is the host's own Python. */
  readonly hash: string;
  /** It was there already. */
  readonly reused: boolean;
}

const progressSchema = v.object({ event: v.literal('progress'), message: v.string() });
const readySchema = v.object({
  event: v.literal('ready'),
  python: v.string(),
  hash: v.string(),
  reused: v.boolean(),
});
const failedSchema = v.object({
  event: v.literal('failed'),
  message: v.string(),
  lines: v.array(v.string()),
});
const lineSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.variant('event', [progressSchema, readySchema, failedSchema]),
);
type Answer = v.InferOutput<typeof readySchema> | v.InferOutput<typeof failedSchema>;

/**
 * A Python on the host that has what is required, made there if it is not there yet. Safe to repeat and to run twice
 * at once. An abort ends the work on this computer; on another machine it may go on and is found by the next call.
 * @throws {InstallError} it cannot be made there, and the installer said why; trying again will not help
 * @throws {MachineError} its Python cannot be used at all
 * @throws {ConnectionError} the connection broke; trying again may help
 */
export async function ensureEnvironment(
  host: Host,
  runtime: RuntimeFiles,
  request: EnvironmentRequest,
  onProgress: (message: string) => void,
  signal: AbortSignal,
): Promise<ReadyEnvironment> {
  const { lock, ...needed } = request;
  const constraints = [
    ...(request.constraints ?? []),
    ...(lock === undefined ? [] : await runtime.lock(lock)),
  ];
  const program = await runtime.program('environment.py', { root: host.root, ...needed, constraints });
  const process = await host.python(program, signal);
  const kill = (): void => process.kill();
  // A pipe that breaks while the request is sent says no more than the exit, which is looked at.
  process.stdin.on('error', () => undefined);
  signal.addEventListener('abort', kill);
  try {
    signal.throwIfAborted();
    const answer = await readAnswer(process, onProgress);
    signal.throwIfAborted();
    if (answer === undefined) throw endedEarly(await process.exit, process, host);
    if (answer.event === 'failed')
      throw new InstallError(`No environment on ${host.name}: ${answer.message}`, answer.lines);
    return { python: answer.python, hash: answer.hash, reused: answer.reused };
  } finally {
    signal.removeEventListener('abort', kill);
    process.kill();
  }
}

/** What it said last; `undefined` when it ended without a word. Lines that are not its own are a shell's greeting. */
async function readAnswer(
  process: HostProcess,
  onProgress: (message: string) => void,
): Promise<Answer | undefined> {
  for await (const line of createInterface({ input: process.stdout, crlfDelay: Infinity })) {
    const parsed = v.safeParse(lineSchema, line);
    if (!parsed.success) continue;
    if (parsed.output.event !== 'progress') return parsed.output;
    onProgress(parsed.output.message);
  }
  return undefined;
}

function endedEarly(exit: Exit, process: HostProcess, host: Host): Error {
  if (exit.kind === 'lost') return exit.error;
  if (exit.kind === 'code' && exit.code === noPythonExitCode) return noPythonError(host.name);
  const said = process.stderrTail().trim().split('\n').at(-1) ?? '';
  return new MachineError(
    `No environment on ${host.name}: environment.py ended without an answer. ${said}`.trim(),
  );
}
