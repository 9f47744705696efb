import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { virtualMachineAddress, type MachineAddress } from '../base/machineAddress.js';

/** A public address that is rented apart from machines and can be led to one of them, as a router would. */
export class FloatingIp {
  readonly ip: string;
  readonly #port: number;
  readonly #sockets = new Set<Socket>();
  #router: Server | undefined;

  private constructor({ host, port }: MachineAddress) {
    this.ip = host;
    this.#port = port;
  }

  /** One under which nothing answers yet. */
  static async make(): Promise<FloatingIp> {
    return new FloatingIp(await virtualMachineAddress());
  }

  /** From now on, what answers here is what listens at `target`. */
  async leadTo(target: () => MachineAddress | undefined): Promise<void> {
    this.leadNowhere();
    const router = createServer((incoming) => this.#pass(incoming, target()));
    this.#router = router;
    router.listen(this.#port, this.ip);
    await once(router, 'listening');
  }

  /** Ends every connection, and answers no more. Safe to repeat. */
  leadNowhere(): void {
    this.#router?.close();
    this.#router = undefined;
    for (const socket of this.#sockets) socket.destroy();
  }

  #pass(incoming: Socket, target: MachineAddress | undefined): void {
    if (target === undefined) return void incoming.destroy();
    const outgoing = connect(target);
    for (const [socket, other] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const) {
      this.#sockets.add(socket);
      // A broken connection is told to the other side by its close.
      socket.on('error', () => undefined);
      socket.once('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
    incoming.pipe(outgoing).pipe(incoming);
  }
}
