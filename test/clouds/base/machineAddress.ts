import { once } from 'node:events';
import { createServer } from 'node:net';

export interface MachineAddress {
  /** An address of loopback. */
  readonly host: string;
  readonly port: number;
}

/** Of a virtual machine: an address of its own, with the standard port. */
export async function virtualMachineAddress(): Promise<MachineAddress> {
  for (;;) {
    const host = `127.${between(1, 254)}.${between(0, 255)}.${between(1, 254)}`;
    if (await isFree(host, 22)) return { host, port: 22 };
  }
}

/** Of a container: a port of the host it runs on. Below those that systems hand out by themselves. */
export async function containerAddress(): Promise<MachineAddress> {
  for (;;) {
    const port = between(10_000, 29_999);
    if (await isFree('127.0.0.1', port)) return { host: '127.0.0.1', port };
  }
}

function between(low: number, high: number): number {
  return low + Math.floor(Math.random() * (high - low + 1));
}

/** @throws where nobody but root may use the port */
async function isFree(host: string, port: number): Promise<boolean> {
  const server = createServer().listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') return false;
    throw error;
  }
  await new Promise((closed) => server.close(closed));
  return true;
}
