import { AuthError, ConnectionError, messageOf } from '../../errors.js';
import { addressOf, nameOfEndpoint } from './destination.js';
import type { SshEndpoint } from '../host.js';
import type { Identities } from './keyRing.js';

/** How far a login got, for saying why it ended there. */
export interface LoginProgress {
  readonly endpoint: SshEndpoint;
  readonly identities: Identities;
  /** Why keys that the server would have taken were not used. */
  readonly locked: string[];
  /** The host key is verified and the line is encrypted: what comes is about us. */
  keysExchanged: boolean;
  /** Why the host key was not accepted. */
  hostRefusal: unknown;
}

export function newLogin(endpoint: SshEndpoint, identities: Identities): LoginProgress {
  return { endpoint, identities, locked: [], keysExchanged: false, hostRefusal: undefined };
}

/** SSH's numbers for ending a connection after too many wrong keys, and for no more ways to log in. */
const refusalCodes: readonly unknown[] = [2, 14];

/** What an error of ssh2 before the login is done means. */
export function loginError(progress: LoginProgress, cause: Error): Error {
  if (progress.hostRefusal instanceof Error) return progress.hostRefusal;
  const code = 'code' in cause ? cause.code : undefined;
  const level = 'level' in cause ? cause.level : undefined;
  if (level === 'client-authentication') return refusedError(progress, cause);
  if (progress.keysExchanged && refusalCodes.includes(code)) return refusedError(progress, cause);
  const name = nameOfEndpoint(progress.endpoint);
  return new ConnectionError(
    `No SSH connection to ${name} could be made (${messageOf(cause)}). Check that the port is the one of its SSH server.`,
    'handshake',
    { cause },
  );
}

export function closedError({ endpoint, keysExchanged, hostRefusal }: LoginProgress): Error {
  if (hostRefusal instanceof Error) return hostRefusal;
  const when = keysExchanged ? 'during the login' : 'before the login';
  return new ConnectionError(
    `${addressOf(endpoint)} closed the connection ${when}. It may be starting, or be refusing too many connections at once.`,
    'handshake',
  );
}

export function noKeyError(endpoint: SshEndpoint, { unusable }: Identities): AuthError {
  return new AuthError(
    `There is no key to log in to ${nameOfEndpoint(endpoint)} with${because(unusable)}. Make one with \`ssh-keygen\`, name the one to use, or load it into the agent.`,
  );
}

function refusedError({ endpoint, identities, locked }: LoginProgress, cause: Error): AuthError {
  const tried = identities.offered.map(({ name }) => name).join(', ');
  return new AuthError(
    `${addressOf(endpoint)} refused the login of ${endpoint.user} with ${tried}${because([...locked, ...identities.unusable])}. ` +
      `Add the public half of one of your keys to ~${endpoint.user}/.ssh/authorized_keys there, or use another key or user.`,
    { cause },
  );
}

function because(reasons: readonly string[]): string {
  return reasons.length === 0 ? '' : ` (${reasons.join('; ')})`;
}
