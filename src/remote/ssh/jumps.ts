import type { SshEndpoint } from '../host.js';

/** The way of jump hosts, nearest first, as `-J` and `ProxyJump` take it. */
export function jumps({ host, port, user, via }: SshEndpoint): string {
  const last = `${user}@${host.includes(':') ? `[${host}]` : host}:${port}`;
  return via === undefined ? last : `${jumps(via)},${last}`;
}
