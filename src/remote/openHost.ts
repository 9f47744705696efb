import type { Logger } from '../logger.js';
import type { Endpoint, Host } from './host.js';
import type { HostKeys } from './ssh/hostKeys.js';
import type { KeyRing } from './ssh/keyRing.js';
import { LocalHost } from './localHost.js';
import { SshHost } from './ssh/sshHost.js';

export interface OpenHostOptions {
  /** Trainyard's folder there: absolute on this computer, absolute or beginning with `~/` on a machine. */
  readonly root: string;
  /** The interpreter on this computer, when it is not the `python3` of the PATH. */
  readonly python?: string;
  readonly hostKeys: HostKeys;
  readonly keyRing: KeyRing;
  readonly logger: Logger;
}

/** The host at an endpoint. Nothing is connected before it is used. */
export function openHost(endpoint: Endpoint, options: OpenHostOptions): Host {
  const { root, python, hostKeys, keyRing, logger } = options;
  if (endpoint.kind === 'local') return new LocalHost({ root, ...(python === undefined ? {} : { python }) });
  return new SshHost({ endpoint, root, hostKeys, keyRing, logger });
}
