import { InputError } from '../../errors.js';
import type { SshEndpoint } from '../host.js';

/** What a person wrote to name a machine; the rest may be in `~/.ssh/config`. */
export interface Destination {
  /** An alias of ssh_config, a host name or an address. */
  readonly host: string;
  readonly user?: string;
  readonly port?: number;
}

/** Reads `alias`, `user@host`, `user@host:port`, `[::1]:port` and `ssh://user@host:port`. */
export function parseDestination(text: string): Destination {
  const bare = text
    .trim()
    .replace(/^ssh:\/\//i, '')
    .replace(/\/$/, '');
  const match =
    /^(?:(?<user>[^@\s]+)@)?(?:\[(?<ipv6>[^\]\s]+)\]|(?<host>[^\s:/@[\]]+))(?::(?<port>\d+))?$/.exec(bare);
  const { user, ipv6, host = ipv6, port } = match?.groups ?? bareIpv6(bare);
  if (host === undefined || host.startsWith('-') || user?.startsWith('-') || !isPort(port)) {
    throw new InputError(
      `"${text}" does not name a machine. Write user@host, user@host:port or an alias of ~/.ssh/config.`,
    );
  }
  return {
    host,
    ...(user === undefined ? {} : { user: decode(user, text) }),
    ...(port === undefined ? {} : { port: Number(port) }),
  };
}

/** A file or folder on a machine: `ssh://user@host:port/abs/path`, or `/~/path` under the home folder there. */
export interface SshUrl {
  readonly destination: string;
  /** Absolute, or beginning with `~/`. */
  readonly path: string;
}

/** Reads an `ssh://` address; percent escapes in the path are decoded. */
export function parseSshUrl(url: string): SshUrl {
  const match = /^ssh:\/\/([^/]+)(\/.+)$/i.exec(url.trim());
  const [, destination, path] = match ?? [];
  if (destination === undefined || path === undefined) {
    throw new InputError(`"${url}" is not an SSH address. Write ssh://user@host:port/absolute/path.`);
  }
  parseDestination(destination);
  return { destination, path: decode(path, url).replace(/^\/~\//, '~/') };
}

/** `gpu1`, `gpu1:2222`, `[::1]:2222`: where a connection goes. */
export function addressOf({ host, port }: Pick<SshEndpoint, 'host' | 'port'>): string {
  if (port === 22) return host;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** `alice@gpu1`, `alice@gpu1:2222`: what a person calls a machine. */
export function nameOfEndpoint(endpoint: SshEndpoint): string {
  return `${endpoint.user}@${addressOf(endpoint)}`;
}

function bareIpv6(text: string): Record<string, string | undefined> {
  return /^(?:(?<user>[^@\s]+)@)?(?<host>[0-9a-f.]*:[0-9a-f:.]*:[0-9a-f:.%\w]*)$/i.exec(text)?.groups ?? {};
}

function isPort(port: string | undefined): boolean {
  return port === undefined || (Number(port) >= 1 && Number(port) <= 65_535);
}

function decode(text: string, whole: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new InputError(`"${whole}" has a % that begins no escape. Write %25 for a % itself.`);
  }
}
