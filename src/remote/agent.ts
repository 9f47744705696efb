import { createInterface } from 'node:readline';
import * as v from 'valibot';
import type { Disposable } from '../disposable.js';
import { ConnectionError, MachineError, NotFoundError, messageOf } from '../errors.js';
import { abortable } from '../abortable.js';
import { noPythonError, noPythonExitCode } from './boot.js';
import type { Exit, Host, HostProcess } from './host.js';
import { parseKeptItems, type KeptItem } from './keptItem.js';
import { parseDiskSpace, parseMachineFacts, type DiskSpace, type MachineFacts } from './machine.js';
import {
  parseCheckpoints,
  parseImages,
  parseResults,
  type Checkpoint,
  type ResultFile,
  type RunImage,
} from './resultFile.js';
import type { RuntimeFiles } from './runtimeFiles.js';
import {
  parseGuarded,
  parseMachineLimits,
  type Guarded,
  type GuardRequest,
  type MachineLimits,
} from './watchdog.js';
import {
  parseRunStatus,
  parseState,
  type JobFile,
  type RunStatus,
  type SupervisorState,
} from './supervisor.js';

export type { Checkpoint, MachineFacts, ResultFile, RunImage };

/** How `agent.py` exits when its Python is older than it needs; stderr says which it is. */
const oldPythonExitCode = 90;

/** The agent greets as if it had been asked this. */
const greetingId = 0;
const greetingSchema = v.object({ root: v.string() });

const answerSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.variant('ok', [
    v.object({ id: v.number(), ok: v.literal(true), result: v.unknown() }),
    v.object({
      id: v.number(),
      ok: v.literal(false),
      error: v.object({ code: v.string(), message: v.string() }),
    }),
  ]),
);

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/**
 * `runtime/agent.py` on a machine: small questions about the machine and its jobs, many at a time. Every question
 * rejects with
 * - {@link ConnectionError} when the connection or the agent is lost before the answer; what was asked may have
 *   happened, and is safe to ask again of another agent;
 * - {@link NotFoundError} when there is no such job or folder there;
 * - {@link MachineError} when the machine cannot do it: no space, no permission, something in the way.
 */
export class Agent implements Disposable {
  readonly #hostName: string;
  readonly #process: HostProcess;
  readonly #pending = new Map<number, Pending>();
  #closed: Error | undefined;
  #isGreeted = false;
  #lastId = greetingId;
  #root = '';

  private constructor(hostName: string, process: HostProcess) {
    this.#hostName = hostName;
    this.#process = process;
    createInterface({ input: process.stdout, crlfDelay: Infinity }).on('line', (line) => this.#read(line));
    // A pipe that breaks while we write says no more than the exit, which is waited for.
    process.stdin.on('error', () => undefined);
    void process.exit.then((exit) => this.#close(this.#endError(exit)));
  }

  /**
   * Resolves once the agent answers.
   * @throws {MachineError} the machine has no python3, or an old one
   */
  static async start(host: Host, runtime: RuntimeFiles, signal: AbortSignal): Promise<Agent> {
    const program = await runtime.program('agent.py', { root: host.root });
    const agent = new Agent(host.name, await host.python(program, signal));
    try {
      agent.#root = v.parse(greetingSchema, await agent.#answer(greetingId, signal)).root;
      return agent;
    } catch (error) {
      agent.dispose();
      throw error;
    }
  }

  /** Trainyard's folder on the machine, absolute. */
  get root(): string {
    return this.#root;
  }

  /** Closed once disposed or lost: start another. */
  get isClosed(): boolean {
    return this.#closed !== undefined;
  }

  /** What the machine is and has; takes as long as its GPU driver. */
  probe(signal: AbortSignal): Promise<MachineFacts> {
    return this.request('probe', {}, parseMachineFacts, signal);
  }

  /** Space on the disk of Trainyard's folder. */
  disk(signal: AbortSignal): Promise<DiskSpace> {
    return this.request('disk', {}, parseDiskSpace, signal);
  }

  /**
   * Puts a run in place: `files` by their path in the run folder, then job.json. Repeating changes nothing; a higher
   * attempt replaces one that has ended.
   */
  install(
    job: string,
    files: Readonly<Record<string, string>>,
    jobFile: JobFile,
    signal: AbortSignal,
  ): Promise<void> {
    return this.request('install', { job, files, jobFile }, parseNothing, signal);
  }

  /** Makes the working copy of a dataset folder, `work/` in the run folder, unless it is there. */
  workdir(job: string, dataset: string, signal: AbortSignal): Promise<void> {
    return this.request('workdir', { job, dataset }, parseNothing, signal);
  }

  /**
   * Resolves once the installed attempt runs or has ended. It is started once, however often this is asked.
   * @param secrets added to the training's environment and kept nowhere
   */
  startTraining(
    job: string,
    secrets: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<SupervisorState> {
    return this.request('start', { job, secrets }, parseState, signal);
  }

  /** How a run stands. A supervisor that was killed is replaced first, so that a dead training does not look alive. */
  status(job: string, signal: AbortSignal): Promise<RunStatus> {
    return this.request('state', { job }, parseRunStatus, signal);
  }

  /** Asks the training to save and end; after the grace it is killed. Asking again with less grace hurries it. */
  stopTraining(job: string, graceSeconds: number, signal: AbortSignal): Promise<void> {
    return this.#control(job, 'stop', { graceSeconds }, signal);
  }

  /** Gives the present attempt a limit of `hours` from its start, in place of the one it has. */
  extend(job: string, hours: number, signal: AbortSignal): Promise<void> {
    return this.#control(job, 'extend', { hours }, signal);
  }

  /**
   * Moves the time by which the training of a rented machine must be over.
   * @param endsAt Unix seconds of the machine's clock
   */
  moveEnd(job: string, endsAt: number, signal: AbortSignal): Promise<void> {
    return this.#control(job, 'extend', { endsAt }, signal);
  }

  /**
   * Sets the limits of this rented machine, and resolves once a watchdog that keeps them is on guard. One that lives
   * goes on, with the new limits; it is replaced when there are secrets or when it asks something else. Safe to repeat.
   * Says, as {@link attend} does, that somebody is here.
   */
  guard(request: GuardRequest, signal: AbortSignal): Promise<Guarded> {
    return this.request('guard', { ...request, now: Date.now() / 1000 }, parseGuarded, signal);
  }

  /** Tells the watchdog that somebody is here: after the training it waits for them anew, up to the deadline. */
  attend(signal: AbortSignal): Promise<void> {
    return this.request('attend', {}, parseNothing, signal);
  }

  /** What the watchdog goes by; `null` where none was set. */
  machineLimits(signal: AbortSignal): Promise<MachineLimits | null> {
    return this.request('limits', {}, parseMachineLimits, signal);
  }

  /**
   * The files that are the result: those the training `declared` that exist inside the run folder, else what looks
   * like a model, else the newest checkpoint. Reads them whole for their sha256.
   */
  results(job: string, declared: readonly string[], signal: AbortSignal): Promise<readonly ResultFile[]> {
    return this.request('results', { job, declared }, parseResults, signal);
  }

  /** Finished checkpoints, oldest first. */
  checkpoints(job: string, signal: AbortSignal): Promise<readonly Checkpoint[]> {
    return this.request('checkpoints', { job }, parseCheckpoints, signal);
  }

  /**
   * Images of the run's `output/`, oldest first: all below `output/samples/`, and those elsewhere in it that are
   * `named`, as the training said their paths.
   */
  sampleImages(job: string, named: readonly string[], signal: AbortSignal): Promise<readonly RunImage[]> {
    return this.request('samples', { job, named }, parseImages, signal);
  }

  /** Deletes the run folder; success when there is none. Refused while anything runs in it. */
  remove(job: string, signal: AbortSignal): Promise<void> {
    return this.request('remove', { job }, parseNothing, signal);
  }

  /** What lies in Trainyard's folder and can be made or sent again. Walks all of it. */
  kept(signal: AbortSignal): Promise<readonly KeptItem[]> {
    return this.request('kept', {}, parseKeptItems, signal);
  }

  /** Deletes one item; success when it is gone. Refused while anything there uses it. */
  reclaim({ kind, name }: Pick<KeptItem, 'kind' | 'name'>, signal: AbortSignal): Promise<void> {
    return this.request('reclaim', { kind, name }, parseNothing, signal);
  }

  /**
   * Asks one question of `agent.py`. Aborting forgets the answer; what was asked still happens.
   * @param parse throws when the answer is not what it should be
   */
  async request<T>(
    op: string,
    fields: Readonly<Record<string, unknown>>,
    parse: (result: unknown) => T,
    signal: AbortSignal,
  ): Promise<T> {
    const result = await this.#ask(op, fields, signal);
    try {
      return parse(result);
    } catch (cause) {
      throw new MachineError(
        `${this.#hostName} answered "${op}" with something unexpected: ${messageOf(cause)}`,
        { cause },
      );
    }
  }

  dispose(): void {
    this.#close(new ConnectionError(`The agent on ${this.#hostName} was let go.`, 'lost'));
    this.#process.stdin.end();
    this.#process.kill();
  }

  #control(job: string, command: string, data: object, signal: AbortSignal): Promise<void> {
    return this.request('control', { job, command, data }, parseNothing, signal);
  }

  #ask(op: string, fields: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<unknown> {
    signal.throwIfAborted();
    this.#lastId += 1;
    const answer = this.#answer(this.#lastId, signal);
    this.#process.stdin.write(`${JSON.stringify({ ...fields, id: this.#lastId, op })}\n`);
    return answer;
  }

  async #answer(id: number, signal: AbortSignal): Promise<unknown> {
    if (this.#closed) throw this.#closed;
    const answer = new Promise<unknown>((resolve, reject) => this.#pending.set(id, { resolve, reject }));
    try {
      return await abortable(answer, signal);
    } finally {
      this.#pending.delete(id);
    }
  }

  #read(line: string): void {
    const parsed = v.safeParse(answerSchema, line);
    if (parsed.success) {
      this.#isGreeted = true;
      this.#settle(parsed.output);
    } else if (this.#isGreeted) {
      this.#close(
        new ConnectionError(`The agent on ${this.#hostName} said something that is no answer.`, 'lost'),
      );
      this.#process.kill();
    }
    // Before the greeting stands whatever a login script of the machine prints.
  }

  #settle(answer: v.InferOutput<typeof answerSchema>): void {
    const pending = this.#pending.get(answer.id);
    if (answer.ok) pending?.resolve(answer.result);
    else pending?.reject(this.#failure(answer.error));
  }

  #failure({ code, message }: { readonly code: string; readonly message: string }): Error {
    const sentence = `On ${this.#hostName}, ${message}.`;
    return code === 'not-found' ? new NotFoundError(sentence) : new MachineError(sentence);
  }

  #close(error: Error): void {
    if (this.#closed) return;
    this.#closed = error;
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }

  #endError(exit: Exit): Error {
    if (exit.kind === 'lost') return exit.error;
    const said = this.#process.stderrTail().trim();
    if (exit.kind === 'code' && exit.code === noPythonExitCode) return noPythonError(this.#hostName);
    if (exit.kind === 'code' && exit.code === oldPythonExitCode) return oldPythonError(this.#hostName, said);
    const how = exit.kind === 'code' ? `exit code ${exit.code}` : exit.signal;
    const lastLine = said.split('\n').at(-1) ?? '';
    const why = lastLine === '' ? '' : `: ${lastLine}`;
    if (this.#isGreeted)
      return new ConnectionError(`The agent on ${this.#hostName} ended (${how})${why}`, 'lost');
    return new MachineError(`python3 on ${this.#hostName} could not run Trainyard's agent (${how})${why}`);
  }
}

function oldPythonError(hostName: string, version: string): MachineError {
  return new MachineError(
    `${hostName} has Python ${version} as python3: Trainyard needs Python 3.8 or newer there. Install a newer one, for example \`sudo apt install python3\`.`,
  );
}

const parseNothing = (): void => undefined;
