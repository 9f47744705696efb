import type { Disposable } from '../disposable.js';
import { MachineError } from '../errors.js';
import type { Logger } from '../logger.js';
import type { Provider } from '../providers/provider.js';
import { Agent } from '../remote/agent.js';
import type { Host } from '../remote/host.js';
import type { RuntimeFiles } from '../remote/runtimeFiles.js';
import type { HostOpener } from './hostOpener.js';

export interface MachineOptions {
  readonly provider: Provider;
  /** `null` while there is no instance yet: then nothing can be opened. */
  readonly instanceId: string | null;
  readonly hosts: HostOpener;
  readonly runtime: RuntimeFiles;
  readonly logger: Logger;
}

/**
 * The machine of one job while somebody drives it: its host and its agent, opened when first needed and opened anew
 * after a loss. The address is asked again each time, because addresses change.
 */
export class Machine implements Disposable {
  readonly #options: MachineOptions;
  #host: Host | undefined;
  #agent: Agent | undefined;

  constructor(options: MachineOptions) {
    this.#options = options;
  }

  get instanceId(): string | null {
    return this.#options.instanceId;
  }

  async host(signal: AbortSignal): Promise<Host> {
    if (!this.#host) {
      const { provider, instanceId, hosts } = this.#options;
      if (instanceId === null) throw new MachineError('There is no machine for this job yet.');
      const address = await provider.address(instanceId, signal);
      this.#host = await hosts.open(address, signal);
    }
    return this.#host;
  }

  async agent(signal: AbortSignal): Promise<Agent> {
    if (this.#agent?.isClosed === false) return this.#agent;
    this.#agent?.dispose();
    this.#agent = await Agent.start(await this.host(signal), this.#options.runtime, signal);
    return this.#agent;
  }

  /** Lets go of the connection; the next call makes another. */
  dispose(): void {
    this.#agent?.dispose();
    this.#host?.dispose();
    this.#agent = undefined;
    this.#host = undefined;
  }
}
