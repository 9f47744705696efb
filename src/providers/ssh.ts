import { InputError } from '../errors.js';
import { l10n } from '../l10n.js';
import type { Address, Instance, OwnMachineRequest, OwnMachines } from './provider.js';
import type { SshHosts } from './sshHosts.js';

/** Machines of the user's own, reached over SSH. Using one adds it to the list; ending a job leaves it running. */
export class SshProvider implements OwnMachines {
  readonly rents = false;
  readonly id = 'ssh';
  readonly #hosts: SshHosts;

  constructor(hosts: SshHosts) {
    this.#hosts = hosts;
  }

  get title(): string {
    return l10n.t('SSH hosts');
  }

  async list(): Promise<readonly Instance[]> {
    return (await this.#hosts.list()).map(({ destination }) => toInstance(destination));
  }

  async launch(request: OwnMachineRequest): Promise<Instance> {
    const { destination, identityFiles } = request;
    if (destination === null) throw await this.#noDestination();
    await this.#hosts.add({ destination, identityFiles: [...identityFiles] });
    return toInstance(destination);
  }

  async address(instanceId: string): Promise<Address> {
    const entry = (await this.#hosts.list()).find(({ destination }) => destination === instanceId);
    return { kind: 'ssh', destination: instanceId, identityFiles: entry?.identityFiles ?? [] };
  }

  async #noDestination(): Promise<InputError> {
    const known = (await this.#hosts.list()).map(({ destination }) => destination);
    const examples = known.length > 0 ? `one of: ${known.join(', ')}` : 'for example ssh:user@host';
    return new InputError(`Say which SSH host to train on, ${examples}.`);
  }
}

function toInstance(destination: string): Instance {
  return { provider: 'ssh', id: destination, name: destination, state: 'running', usdPerHour: 0 };
}
