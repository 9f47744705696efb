import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import type { HostOpener } from './jobs/hostOpener.js';
import type { HostOpenerOptions } from './lazyHosts.js';
import type { Address } from './providers/provider.js';
import type { Endpoint, Host, SshEndpoint } from './remote/host.js';
import { openHost } from './remote/openHost.js';
import { nameOfEndpoint } from './remote/ssh/destination.js';
import { HostKeys } from './remote/ssh/hostKeys.js';
import { KeyRing } from './remote/ssh/keyRing.js';
import { resolveDestination } from './remote/ssh/sshConfig.js';

/** Trainyard's folder on machines. */
const remoteRoot = '~/.trainyard';

/** Opens hosts with one key ring and one set of known host keys for the life of the process. */
export class HostOpening implements HostOpener {
  readonly #options: HostOpenerOptions;
  readonly #userHome: string;
  readonly #hostKeys: HostKeys;
  readonly #keyRing: KeyRing;

  constructor(options: HostOpenerOptions) {
    const { home, env, askPassphrase, onFirstSight } = options;
    this.#options = options;
    this.#userHome = env.HOME ?? homedir();
    this.#hostKeys = new HostKeys({
      trustedFiles: [join(this.#userHome, '.ssh', 'known_hosts')],
      pinFile: home.knownHosts,
      onFirstSight: (fingerprint, endpoint) => {
        onFirstSight?.(
          `${nameOfEndpoint(endpoint)} is new here; its host key ${fingerprint} is trusted from now on.`,
        );
      },
    });
    this.#keyRing = new KeyRing({
      userHome: this.#userHome,
      env,
      ...(askPassphrase ? { askPassphrase } : {}),
    });
  }

  async resolve(address: Address): Promise<Endpoint> {
    if (address.kind === 'local') return { kind: 'local' };
    const who = { userHome: this.#userHome, userName: userInfo().username };
    return resolveDestination(address.destination, who, address.identityFiles);
  }

  /** A rented machine shares addresses with machines of others before and after it: its keys are its job's alone. */
  openPinned(endpoint: SshEndpoint, pinFile: string): Promise<Host> {
    return Promise.resolve(this.#open(endpoint, new HostKeys({ trustedFiles: [], pinFile })));
  }

  async open(address: Address): Promise<Host> {
    return this.#open(await this.resolve(address), this.#hostKeys);
  }

  #open(endpoint: Endpoint, hostKeys: HostKeys): Host {
    const { home, logger, python } = this.#options;
    return openHost(endpoint, {
      root: endpoint.kind === 'local' ? home.path : remoteRoot,
      hostKeys,
      keyRing: this.#keyRing,
      logger,
      ...(python === undefined ? {} : { python }),
    });
  }
}
