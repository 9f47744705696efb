import type { TrainyardHome } from './home.js';
import type { HostOpener } from './jobs/hostOpener.js';
import type { Logger } from './logger.js';
import type { AskPassphrase } from './remote/ssh/keyRing.js';

export interface HostOpenerOptions {
  readonly home: TrainyardHome;
  readonly env: NodeJS.ProcessEnv;
  readonly logger: Logger;
  /** The Python of this computer, when it is not the `python3` of the PATH. */
  readonly python?: string | undefined;
  readonly askPassphrase?: AskPassphrase;
  /** Told when a machine is met for the first time and its key is pinned. */
  readonly onFirstSight?: (message: string) => void;
}

/**
 * How the doors open hosts: the user's own ssh configuration, keys and known hosts. What it takes to reach a machine
 * is loaded when the first one is opened.
 */
export function createHostOpener(options: HostOpenerOptions): HostOpener {
  let opening: Promise<HostOpener> | undefined;
  const opener = (): Promise<HostOpener> => (opening ??= loadHostOpener(options));
  return {
    open: async (address, signal) => (await opener()).open(address, signal),
    openPinned: async (endpoint, pinFile) => (await opener()).openPinned(endpoint, pinFile),
    resolve: async (address) => (await opener()).resolve(address),
  };
}

async function loadHostOpener(options: HostOpenerOptions): Promise<HostOpener> {
  const { HostOpening } = await import('./engineRoom.js');
  return new HostOpening(options);
}
