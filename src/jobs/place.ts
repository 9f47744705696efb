import { InputError } from '../errors.js';
import type { Address } from '../providers/provider.js';
import type { SshHostEntry } from '../providers/sshHosts.js';
import type { Place } from './job.js';

/**
 * Where to train, as people write it: `local`, `ssh:gpu1`, `ssh:me@gpu1:2222`, `ssh://me@gpu1:2222`; `ssh` alone means
 * the only host that is known.
 * @throws {InputError} nothing of that kind
 */
export function parsePlace(
  text: string,
  knownHosts: readonly SshHostEntry[],
  identityFiles: readonly string[],
): Place {
  if (text === 'local') return { provider: 'local', destination: null, identityFiles: [] };
  if (text === 'ssh') return onlyHost(knownHosts);
  const destination = destinationOf(text);
  if (destination === undefined) {
    throw new InputError(
      `There is no provider "${text}". Use local, or ssh:HOST for a machine of your own (HOST as in "ssh HOST").`,
    );
  }
  const known = knownHosts.find((host) => host.destination === destination);
  const keys = identityFiles.length > 0 ? identityFiles : (known?.identityFiles ?? []);
  return { provider: 'ssh', destination, identityFiles: keys };
}

/** The reverse of {@link parsePlace}. */
export function formatPlace(place: Place): string {
  if (place.destination === null) return place.provider;
  return place.destination.startsWith('ssh://')
    ? place.destination
    : `${place.provider}:${place.destination}`;
}

function destinationOf(text: string): string | undefined {
  if (/^ssh:\/\/./.test(text)) return text;
  const match = /^ssh:(.+)$/.exec(text);
  if (match) return match[1];
  return text.includes('@') ? text : undefined;
}

function onlyHost(hosts: readonly SshHostEntry[]): Place {
  const [host, ...more] = hosts;
  if (host && more.length === 0) {
    return { provider: 'ssh', destination: host.destination, identityFiles: host.identityFiles };
  }
  const names = hosts.map((entry) => `ssh:${entry.destination}`).join(', ');
  throw new InputError(
    host ? `Say which SSH host, one of: ${names}.` : 'Say which SSH host, for example ssh:user@host.',
  );
}

/** Where a place that needs no launch answers. */
export function addressOf({ destination, identityFiles }: Place): Address {
  return destination === null ? { kind: 'local' } : { kind: 'ssh', destination, identityFiles };
}
