import type { AgentAuthMethod, Client, ConnectConfig } from 'ssh2';
import { ConnectionError } from '../../errors.js';
import { abortable } from '../../abortable.js';
import { Countdown } from './countdown.js';
import { nameOfEndpoint } from './destination.js';
import type { SshEndpoint } from '../host.js';
import { hostKeyAlgorithms } from './hostKeyAlgorithms.js';
import type { HostKeys } from './hostKeys.js';
import { identityAgent } from './identityAgent.js';
import type { Identities, KeyRing } from './keyRing.js';
import { closedError, type LoginProgress, loginError, newLogin, noKeyError } from './loginErrors.js';
import type { Ssh2 } from './ssh2.js';
import type { Transport } from './transport.js';

/** Names, offers, keys: so often something travels from here and back before the keys are exchanged. */
const roundTripsToExchange = 2.5;

/** How long key exchange and login may take, not counting the time a person is asked something. */
const handshakeTimeoutMs = 20_000;
const pingIntervalMs = 15_000;

export interface LoginOptions {
  readonly endpoint: SshEndpoint;
  readonly hostKeys: HostKeys;
  readonly keyRing: KeyRing;
}

/** What a login needs to know before there is a connection. */
export interface LoginPlan {
  readonly identities: Identities;
  /** The types of the host keys we know of the machine. */
  readonly knownTypes: readonly string[];
}

export interface LoggedIn {
  readonly client: Client;
  /** About how long a question and its answer travel, as the key exchange tells. */
  readonly roundTripMs: number;
}

/**
 * Gathers keys before the machine is bothered.
 * @throws {InputError | AuthError} a given key cannot be used, or there is none
 */
export async function planLogin(
  { endpoint, hostKeys, keyRing }: LoginOptions,
  signal: AbortSignal,
): Promise<LoginPlan> {
  const identities = await keyRing.identitiesFor(endpoint, signal);
  if (identities.offered.length === 0) throw noKeyError(endpoint, identities);
  return { identities, knownTypes: await hostKeys.knownTypes(endpoint) };
}

/**
 * Makes an authenticated connection of a transport that was just connected. The host key is verified before
 * anything about us is sent. Where it fails, the transport is the caller's to end.
 * @throws {HostKeyError | AuthError | ConnectionError}
 */
export async function logIn(
  { Client, BaseAgent }: Ssh2,
  transport: Transport,
  { endpoint, hostKeys }: LoginOptions,
  { identities, knownTypes }: LoginPlan,
  signal: AbortSignal,
): Promise<LoggedIn> {
  const client = new Client();
  const startedMs = performance.now();
  let exchangedMs = startedMs;
  let verifyingMs = 0;
  const progress = newLogin(endpoint, identities);
  const over = new AbortController();
  const asking = AbortSignal.any([signal, over.signal]);
  const countdown = new Countdown(handshakeTimeoutMs, () => over.abort(slowError(endpoint)));
  const agent = identityAgent(BaseAgent, identities.offered, (identity, data, hash) =>
    countdown.pausedWhile(() => identity.sign(data, hash, asking)),
  );
  const method: AgentAuthMethod = { type: 'agent', username: endpoint.user, agent };
  let acceptedKey: Buffer | undefined;
  const config: ConnectConfig = {
    sock: transport.stream,
    username: endpoint.user,
    hostVerifier: (key: Buffer, verdict: (accepted: boolean) => void) => {
      // Asked anew with every change of keys. ssh2 garbles what is sent until the answer, so that one is not waited for.
      if (acceptedKey?.equals(key) === true) {
        verdict(true);
        return;
      }
      const askedMs = performance.now();
      void hostKeys.verify(endpoint, key).then(
        () => {
          verifyingMs = performance.now() - askedMs;
          acceptedKey = Buffer.from(key);
          verdict(true);
        },
        (error: unknown) => {
          progress.hostRefusal = error;
          verdict(false);
        },
      );
    },
    authHandler: [method],
    algorithms: { serverHostKey: hostKeyAlgorithms(knownTypes) },
    readyTimeout: 0,
    // ssh2 asks; whether the answers come in time is judged by Liveness alone.
    keepaliveInterval: pingIntervalMs,
    keepaliveCountMax: Number.MAX_SAFE_INTEGER,
  };
  try {
    client.once('handshake', () => (exchangedMs = performance.now()));
    await abortable(connect(client, config, progress), asking);
    return { client, roundTripMs: (exchangedMs - startedMs - verifyingMs) / roundTripsToExchange };
  } finally {
    countdown.stop();
    over.abort();
  }
}

function connect(client: Client, config: ConnectConfig, progress: LoginProgress): Promise<void> {
  return new Promise((resolve, reject) => {
    client
      .once('ready', resolve)
      .once('handshake', () => {
        progress.keysExchanged = true;
      })
      .once('close', () => reject(closedError(progress)))
      .on('error', (error) => {
        // A key that stays locked is passed over; the next is tried.
        if (error.level === 'agent') progress.locked.push(error.message);
        else reject(loginError(progress, error));
      })
      .connect(config);
  });
}

function slowError(endpoint: SshEndpoint): ConnectionError {
  return new ConnectionError(
    `${nameOfEndpoint(endpoint)} takes connections but no login within ${handshakeTimeoutMs / 1000} s. Check that the port is the one of its SSH server, and that the machine is not overloaded.`,
    'handshake',
  );
}
