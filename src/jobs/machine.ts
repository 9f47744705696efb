import type { Disposable } from '../disposable.js';
import { ConnectionError, MachineError } from '../errors.js';
import type { JobFolder } from '../home.js';
import type { Logger } from '../logger.js';
import type { CloudProvider, Provider } from '../providers/provider.js';
import { Agent } from '../remote/agent.js';
import { firstAnswering } from '../remote/banner.js';
import type { Host, SshEndpoint } from '../remote/host.js';
import type { RuntimeFiles } from '../remote/runtimeFiles.js';
import type { HostOpener } from './hostOpener.js';

export interface MachineOptions {
  readonly provider: Provider;
  /** `null` while there is no instance yet: then nothing can be opened. */
  readonly instanceId: string | null;
  readonly folder: JobFolder;
  readonly hosts: HostOpener;
  readonly runtime: RuntimeFiles;
  readonly logger: Logger;
}

/** For an SSH server to say who it is. */
const bannerMs = 10_000;

/**
 * The machine of one job while somebody uses it: its host and its agent, opened when first needed and opened anew
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

  get provider(): Provider {
    return this.#options.provider;
  }

  async host(signal: AbortSignal): Promise<Host> {
    this.#host ??= await this.#open(signal);
    return this.#host;
  }

  async agent(signal: AbortSignal): Promise<Agent> {
    if (this.#agent?.isClosed === false) return this.#agent;
    this.#agent?.dispose();
    this.#agent = await Agent.start(await this.host(signal), this.#options.runtime, signal);
    return this.#agent;
  }

  /** Where a rented machine answers now. @throws {ConnectionError} nowhere */
  async endpoint(provider: CloudProvider, instanceId: string, signal: AbortSignal): Promise<SshEndpoint> {
    const cloud = await provider.open();
    const candidates = await cloud.endpoints(instanceId, signal);
    const answering = await firstAnswering(candidates, { signal, timeoutMs: bannerMs });
    if (!answering) {
      const where = candidates.map(({ host, port }) => `${host}:${port}`).join(' or ') || 'no address yet';
      throw new ConnectionError(
        `The machine ${instanceId} of ${provider.title} does not answer (${where}).`,
        'connect',
      );
    }
    const { host, port, user } = answering;
    return {
      kind: 'ssh',
      host,
      port,
      user,
      identityFiles: [this.#options.folder.key],
      identitiesOnly: true,
      identityAgent: 'none',
      hostKeyAlias: `${provider.id}-${instanceId}`,
    };
  }

  /** Lets go of the connection; the next call makes another. */
  dispose(): void {
    this.#agent?.dispose();
    this.#host?.dispose();
    this.#agent = undefined;
    this.#host = undefined;
  }

  async #open(signal: AbortSignal): Promise<Host> {
    const { provider, instanceId, hosts, folder } = this.#options;
    if (instanceId === null) throw new MachineError('There is no machine for this job yet.');
    if (!provider.rents) return hosts.open(await provider.address(instanceId), signal);
    return hosts.openPinned(await this.endpoint(provider, instanceId, signal), folder.knownHosts);
  }
}
