import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import type { MachineAddress } from '../base/machineAddress.js';

export interface Traffic {
  readonly toMachine: number;
  readonly fromMachine: number;
}

/** A port of the host, or of the relay, that leads to a machine's SSH server, and counts what goes through. */
export class PortForward {
  readonly #server = createServer((client) => this.#join(client));
  readonly #sockets = new Set<Socket>();
  readonly #target: () => MachineAddress | undefined;
  readonly #onTraffic: (bytes: Traffic) => void;

  /** @param target where the machine answers now; connections are broken while it is nowhere */
  constructor(target: () => MachineAddress | undefined, onTraffic: (bytes: Traffic) => void) {
    this.#target = target;
    this.#onTraffic = onTraffic;
  }

  async listen(): Promise<this> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return this;
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('The forward does not listen.');
    return address.port;
  }

  /** Breaks what is open. Safe to repeat. */
  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #join(client: Socket): void {
    const address = this.#target();
    if (address === undefined) return void client.destroy();
    const machine = connect(address.port, address.host);
    for (const [one, other] of [
      [client, machine],
      [machine, client],
    ] as const) {
      this.#sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        this.#sockets.delete(one);
        other.end();
      });
    }
    client.on('data', ({ length }) => this.#onTraffic({ toMachine: length, fromMachine: 0 }));
    machine.on('data', ({ length }) => this.#onTraffic({ toMachine: 0, fromMachine: length }));
    client.pipe(machine);
    machine.pipe(client);
  }
}
