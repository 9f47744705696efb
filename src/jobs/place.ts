import { InputError } from '../errors.js';
import { suggest } from '../nearest.js';
import type { CloudProvider } from '../providers/cloud.js';
import type { Address } from '../providers/provider.js';
import type { SshHostEntry } from '../providers/sshHosts.js';
import type { Place } from './job.js';

/** Where a job may run, as it was asked for. */
export interface Where {
  /** Machines of the user's own, in order of preference. */
  readonly own: readonly Place[];
  /** They are compared by price. */
  readonly clouds: readonly CloudProvider[];
}

/** What there is to choose from. */
export interface Places {
  readonly clouds: readonly CloudProvider[];
  readonly knownHosts: readonly SshHostEntry[];
  /** For every SSH host that is named. */
  readonly identityFiles: readonly string[];
}

/**
 * A list of places as people write it: clouds by their id, and what {@link parsePlace} understands.
 * @throws {InputError} one of them is nothing of that kind; the nearest is named
 */
export function parseWhere(texts: readonly string[], places: Places): Where {
  const own = texts.filter((text) => isOwn(text));
  const clouds = texts
    .filter((text) => !isOwn(text))
    .map((text) => places.clouds.find(({ id }) => id === text) ?? refuse(text, places.clouds));
  return {
    own: own.map((text) => parsePlace(text, places.knownHosts, places.identityFiles)),
    clouds: [...new Set(clouds)],
  };
}

/** Whether a text names a machine of the user's own, whether it is there or not. */
export const isOwn = (text: string): boolean =>
  text === 'local' || text === 'ssh' || destinationOf(text) !== undefined;

function refuse(text: string, clouds: readonly CloudProvider[]): never {
  const names = ['local', 'ssh:HOST', ...clouds.map(({ id }) => id)];
  throw new InputError(`There is no provider "${text}"; ${suggest(text, names)}`);
}

/**
 * A machine of the user's own, as people write it: `local`, `ssh:gpu1`, `ssh:me@gpu1:2222`, `ssh://me@gpu1:2222`; `ssh` alone means
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
      `"${text}" is no machine of your own. Use local, or ssh:HOST (HOST as in "ssh HOST").`,
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

/**
 * Where a machine of the user's own answers.
 * @throws {InputError} the place is a provider that rents its machines: only their instances have addresses
 */
export function addressOf({ provider, destination, identityFiles }: Place): Address {
  if (destination !== null) return { kind: 'ssh', destination, identityFiles };
  if (provider === 'local') return { kind: 'local' };
  throw new InputError(`${provider} rents its machines: none of them is there for good.`);
}
