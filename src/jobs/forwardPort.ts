import type { Disposable } from '../disposable.js';
import { MachineError } from '../errors.js';
import type { Logger } from '../logger.js';
import { PortForward } from '../remote/portForward.js';
import type { Machine } from './machine.js';

/** A port of this computer that leads to a job's machine, until disposed. */
export interface ForwardedPort extends Disposable {
  /** On the machine. */
  readonly port: number;
  /** On this computer; another one where the same was taken. */
  readonly localPort: number;
}

/**
 * Opens the way to a port of a machine, which it owns from now on. Lost connections are made again when they are used.
 * @throws what {@link PortForward.open} throws
 */
export async function forwardPort(
  machine: Machine,
  port: number,
  logger: Logger,
  signal: AbortSignal,
): Promise<ForwardedPort> {
  try {
    const forward = await PortForward.open(
      {
        port,
        logger,
        connect: async (connecting) => {
          const host = await machine.host(connecting);
          if (!host.connectTo) throw new MachineError(`The ports of ${host.name} need no forwarding.`);
          return host.connectTo(port, connecting);
        },
      },
      signal,
    );
    return {
      port,
      localPort: forward.localPort,
      dispose: () => {
        forward.dispose();
        machine.dispose();
      },
    };
  } catch (error) {
    machine.dispose();
    throw error;
  }
}
