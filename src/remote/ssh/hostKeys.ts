import { HostKeyError } from '../../errors.js';
import type { SshEndpoint } from '../host.js';
import { addKnownHost, fingerprintOf, keyType, type KnownHostKey, readKnownHosts } from './knownHosts.js';

export interface HostKeysOptions {
  /** known_hosts files that are believed and never written: the user's own; none for a rented machine. */
  readonly trustedFiles: readonly string[];
  /** Trainyard's own file, or the job's: where a key is pinned when a machine is met for the first time. */
  readonly pinFile: string;
  /** A machine was met for the first time and its key is pinned now: say the fingerprint. */
  readonly onFirstSight?: (fingerprint: string, endpoint: SshEndpoint) => void;
}

/** Decides whether a machine is the one we know. There is no way to connect without asking it. */
export class HostKeys {
  readonly #options: HostKeysOptions;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: HostKeysOptions) {
    this.#options = options;
  }

  /** The types of the keys we know of a machine. Asking for these first keeps a second key from looking changed. */
  async knownTypes(endpoint: SshEndpoint): Promise<string[]> {
    const known = await this.#known(nameOf(endpoint));
    return [...new Set(known.filter(({ revoked }) => !revoked).map(({ type }) => type))];
  }

  /**
   * Accepts a key that is known, pins the key of a machine that is not.
   * @throws {HostKeyError} another key is known, or this one is revoked
   */
  verify(endpoint: SshEndpoint, key: Buffer): Promise<void> {
    // One at a time: of two first sights the second must see what the first pinned.
    const verdict = this.#last.then(() => this.#verify(endpoint, key));
    this.#last = verdict.catch(() => undefined);
    return verdict;
  }

  /** Pins a key that was learnt elsewhere, for example from the provider's console output. */
  async pin(endpoint: SshEndpoint, key: Buffer): Promise<void> {
    await addKnownHost(this.#options.pinFile, nameOf(endpoint), key);
  }

  async #verify(endpoint: SshEndpoint, key: Buffer): Promise<void> {
    const known = await this.#known(nameOf(endpoint));
    const same = known.filter((entry) => entry.key.equals(key));
    const revoked = same.find((entry) => entry.revoked);
    if (revoked) throw revokedError(endpoint, revoked);
    if (same.length > 0) return;

    const others = known.filter((entry) => !entry.revoked);
    if (others.length > 0) throw changedError(endpoint, others, key);
    if (await this.#knownWithoutPort(endpoint, key)) return;
    await this.pin(endpoint, key);
    this.#options.onFirstSight?.(fingerprintOf(key), endpoint);
  }

  async #known(name: string): Promise<KnownHostKey[]> {
    const files = [...this.#options.trustedFiles, this.#options.pinFile];
    return (await Promise.all(files.map((file) => readKnownHosts(file, name)))).flat();
  }

  /** As OpenSSH: a key listed for the host at no particular port is good at every port, but forbids nothing. */
  async #knownWithoutPort(endpoint: SshEndpoint, key: Buffer): Promise<boolean> {
    if (endpoint.hostKeyAlias !== undefined) return false;
    const known = await this.#known(endpoint.host.toLowerCase());
    return known.some((entry) => !entry.revoked && entry.key.equals(key));
  }
}

/** The name known_hosts lists a machine under. */
export function nameOf({ host, port, hostKeyAlias }: SshEndpoint): string {
  if (hostKeyAlias !== undefined) return hostKeyAlias.toLowerCase();
  return port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`;
}

function changedError(endpoint: SshEndpoint, known: readonly KnownHostKey[], key: Buffer): HostKeyError {
  const received = fingerprintOf(key);
  const name = nameOf(endpoint);
  const expected = known.map((entry) => `${fingerprintOf(entry.key)} (${entry.type}, ${place(entry)})`);
  const forget = [...new Set(known.map(({ file }) => file))]
    .map((file) => `\`ssh-keygen -R "${name}" -f "${file}"\``)
    .join(' and ');
  return new HostKeyError(
    `The host key of ${name} is not the one we know: it shows ${received} (${keyType(key)}), known is ${expected.join(' or ')}. ` +
      `Nothing was sent. If the machine was set up anew, forget the old key with ${forget}; if not, somebody may be listening in.`,
    { expected: known.map((entry) => fingerprintOf(entry.key)), received },
  );
}

function revokedError(endpoint: SshEndpoint, entry: KnownHostKey): HostKeyError {
  const received = fingerprintOf(entry.key);
  return new HostKeyError(
    `The host key of ${nameOf(endpoint)}, ${received}, is marked as revoked in ${place(entry)}. Nothing was sent. Ask whoever runs the machine for its new key.`,
    { expected: [], received },
  );
}

function place({ file, line }: KnownHostKey): string {
  return `${file} line ${line}`;
}
