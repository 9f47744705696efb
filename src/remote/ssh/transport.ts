import type { Duplex } from 'node:stream';
import { ConnectionError, messageOf } from '../../errors.js';
import { CorkedSocket } from './corkedSocket.js';
import { addressOf } from './destination.js';
import type { SshEndpoint } from '../host.js';

/** How long a server gets to accept a TCP connection. */
const connectTimeoutMs = 15_000;
/** How long the last bytes of a connection that is closed may take. */
const farewellMs = 2_000;

/** The bytes under an SSH connection: TCP, or a channel through a jump host. */
export interface Transport {
  readonly stream: Duplex;
  /** Lets what is written go out, for a moment, then ends. */
  close(): void;
  /** Ends at once. */
  destroy(): void;
}

/** @throws {ConnectionError} the name has no address, or nothing answers there */
export function openTcp(endpoint: SshEndpoint, signal: AbortSignal): Promise<Transport> {
  signal.throwIfAborted();
  const socket = new CorkedSocket();
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    };
    const fail = (error: Error): void => {
      settle();
      socket.destroy();
      reject(error);
    };
    const onAbort = (): void => fail(signal.reason as Error);
    const timer = setTimeout(() => fail(silentError(endpoint)), connectTimeoutMs);
    signal.addEventListener('abort', onAbort);
    // Once connected this says nothing more: ssh2 listens too, and `close` follows.
    socket.on('error', (error: NodeJS.ErrnoException) => fail(connectError(endpoint, error)));
    socket.setNoDelay(true).connect({ host: endpoint.host, port: endpoint.port }, () => {
      settle();
      resolve(tcpTransport(socket));
    });
  });
}

function tcpTransport(socket: CorkedSocket): Transport {
  return {
    stream: socket,
    close: () => {
      socket.setTimeout(farewellMs, () => socket.destroy());
      socket.unref().destroySoon();
    },
    destroy: () => void socket.destroy(),
  };
}

function connectError(endpoint: SshEndpoint, cause: NodeJS.ErrnoException): ConnectionError {
  const address = addressOf(endpoint);
  if (cause.code === 'ENOTFOUND' || cause.code === 'EAI_AGAIN') {
    const message = `The name ${endpoint.host} has no address. Check its spelling and this computer's network.`;
    return new ConnectionError(message, 'resolve', { cause });
  }
  const message =
    cause.code === 'ECONNREFUSED'
      ? `Nothing answers at ${address}. Check the port, and that the machine and its SSH server are running.`
      : `${address} cannot be reached (${messageOf(cause)}). Check the address and this computer's network.`;
  return new ConnectionError(message, 'connect', { cause });
}

function silentError(endpoint: SshEndpoint): ConnectionError {
  return new ConnectionError(
    `${addressOf(endpoint)} did not answer within ${connectTimeoutMs / 1000} s. Check that the machine is running and that no firewall is in between.`,
    'connect',
  );
}
