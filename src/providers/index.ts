import { InputError } from '../errors.js';
import { LocalProvider } from './local.js';
import type { Provider } from './provider.js';
import { SshProvider } from './ssh.js';
import type { SshHosts } from './sshHosts.js';

/** Every provider there is, in the order people see them. */
export class Providers {
  readonly all: readonly Provider[];

  constructor(sshHosts: SshHosts) {
    this.all = [new LocalProvider(), new SshProvider(sshHosts)];
  }

  /** @throws {InputError} there is no provider of that id */
  get(id: string): Provider {
    const provider = this.all.find((candidate) => candidate.id === id);
    if (provider) return provider;
    const known = this.all.map((candidate) => candidate.id).join(', ');
    throw new InputError(`There is no provider "${id}". Providers are: ${known}.`);
  }
}
