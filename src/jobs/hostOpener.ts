import type { Address } from '../providers/provider.js';
import type { Endpoint, Host, SshEndpoint } from '../remote/host.js';

/** Makes hosts of addresses: the one place where a provider's words become a connection. */
export interface HostOpener {
  /**
   * A host for the address; it connects when it is first used.
   * @throws {InputError} the address or a key file is not usable
   */
  open(address: Address, signal: AbortSignal): Promise<Host>;

  /** A host at exactly this endpoint, which knows no keys but the ones of `pinFile`: a machine of one job. */
  openPinned(endpoint: SshEndpoint, pinFile: string): Promise<Host>;

  /** What the address comes to, after `~/.ssh/config` was asked. */
  resolve(address: Address): Promise<Endpoint>;
}
