import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import * as v from 'valibot';
import { findProgram } from '../../support/findProgram.js';
import { endOwned, spawnOwned } from '../../support/ownedProcess.js';
import { killProcesses } from '../../support/sshdProcesses.js';
import type { MachineAddress } from './machineAddress.js';
import type { MachineFolder } from './machineFolder.js';
import type { MachineOptions, SshDoor } from './simulatedMachine.js';

const eventSchema = v.variant('event', [
  v.object({ event: v.literal('up') }),
  v.object({ event: v.literal('ssh'), door: v.picklist(['open', 'shut', 'silent']) }),
  v.object({ event: v.literal('ssh failed'), log: v.string() }),
  v.object({ event: v.literal('script ended'), code: v.number() }),
  v.object({ event: v.literal('end'), end: v.picklist(['off', 'reboot']) }),
]);
type MachineEvent = v.InferOutput<typeof eventSchema>;

/** New processes and files of their own; when `unshare` ends, so does PID 1, and with it everything. */
const unshare = ['--pid', '--fork', '--kill-child', '--mount', '--mount-proc', '--propagation', 'private'];

/** A machine that is switched on, from PID 1 to its end. */
export class MachineProcess {
  readonly #unshare: ChildProcess;
  readonly #events = new Set<(event: MachineEvent) => void>();
  readonly #ended: Promise<unknown>;
  #init: number | undefined;
  #said = '';
  /** It has switched itself off. */
  #isOver = false;

  private constructor(unshare: ChildProcess) {
    this.#unshare = unshare;
    this.#ended = once(unshare, 'exit');
    unshare.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#said += text));
    // A machine may end while an order is on its way.
    unshare.stdin?.on('error', () => undefined);
    if (unshare.stdout !== null) createInterface(unshare.stdout).on('line', (line) => this.#hear(line));
  }

  /** Switches it on. @throws in one sentence, where this computer cannot have such machines */
  static async start(
    folder: MachineFolder,
    address: MachineAddress,
    options: MachineOptions,
  ): Promise<MachineProcess> {
    const child = spawnOwned(unshareProgram(), [...unshare, ...folder.init], {
      env: { ...options.environment },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const machine = new MachineProcess(child);
    try {
      machine.#order(folder.bootOrder(address, options.password));
      await machine.#until((event) => event.event === 'up');
      machine.#init = await onlyChildOf(child.pid);
      machine.#report(options);
      await machine.setSsh(options.ssh ?? 'open');
      if (options.startScript !== undefined) machine.#order({ do: 'start script' });
      return machine;
    } catch (error) {
      await machine.kill();
      throw error;
    }
  }

  get isRunning(): boolean {
    return !this.#isOver && this.#unshare.exitCode === null && this.#unshare.signalCode === null;
  }

  /** Resolves when it is so. A machine that has ended has no door to move. */
  async setSsh(door: SshDoor): Promise<void> {
    if (!this.isRunning) return;
    const moved = this.#until((event) => event.event === 'ssh' && event.door === door);
    this.#order({ do: 'ssh', door });
    await moved.catch((error: unknown) => {
      if (this.isRunning) throw error;
    });
  }

  /** Ids outside of everything that runs in it. */
  async processes(): Promise<readonly number[]> {
    if (this.#init === undefined || !this.isRunning) return [];
    const namespace = await namespaceOf(this.#init);
    if (namespace === undefined) return [];
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
    const namespaces = await Promise.all(pids.map((pid) => namespaceOf(pid)));
    return pids.filter((_, index) => namespaces[index] === namespace);
  }

  /** As pulling the plug: the kernel ends everything with PID 1. Resolves when it has. Safe to repeat. */
  async kill(): Promise<void> {
    // unshare ends when PID 1 is gone, which is when all the others are.
    if (this.isRunning && this.#init !== undefined) killProcesses([this.#init]);
    else await endOwned(this.#unshare);
    await this.#ended;
  }

  #order(order: object): void {
    this.#unshare.stdin?.write(`${JSON.stringify(order)}\n`);
  }

  #hear(line: string): void {
    const event = v.parse(eventSchema, JSON.parse(line));
    for (const listener of [...this.#events]) listener(event);
  }

  #report({ onEnd, onStartScriptEnd }: MachineOptions): void {
    this.#events.add((event) => {
      if (event.event === 'end') {
        this.#isOver = true;
        onEnd?.(event.end);
      }
      if (event.event === 'script ended') onStartScriptEnd?.(event.code);
    });
  }

  /** @throws when sshd or the machine ends instead */
  #until(isIt: (event: MachineEvent) => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const listener = (event: MachineEvent): void => {
        if (event.event === 'ssh failed')
          reject(new Error(`sshd did not start on the machine: ${event.log}`));
        else if (isIt(event)) resolve();
        else return;
        this.#events.delete(listener);
      };
      this.#events.add(listener);
      void this.#ended.then(
        () => reject(this.#failure()),
        (error: unknown) => reject(this.#failure(error)),
      );
    });
  }

  #failure(cause?: unknown): Error {
    const said = this.#said.trim();
    return new Error(
      this.#init === undefined
        ? `Simulated machines need namespaces, and this computer or container does not allow them: ${said}`
        : `The machine ended: ${said}`,
      { cause },
    );
  }
}

function unshareProgram(): string {
  const program = findProgram('unshare');
  if (program === undefined)
    throw new Error('Simulated machines need unshare: install util-linux, on a Linux computer.');
  return program;
}

async function onlyChildOf(pid: number | undefined): Promise<number> {
  const children = await readFile(`/proc/${pid ?? ''}/task/${pid ?? ''}/children`, 'utf8');
  return Number(children.trim());
}

/** `undefined` when the process is gone. */
async function namespaceOf(pid: number): Promise<string | undefined> {
  try {
    return await readlink(`/proc/${pid}/ns/pid`);
  } catch {
    return undefined;
  }
}
