import { randomUUID } from 'node:crypto';
import { FloatingIp } from './floatingIp.js';
import { type Place, isAt } from './place.js';
import { Refusal } from './refusal.js';
import type { Server } from './servers.js';

/** A public address of the account. */
export interface PublicIp extends Place {
  readonly id: string;
  readonly madeBy: 'api' | 'hand';
  readonly address: FloatingIp;
  /** The machine it leads to. */
  server: Server | undefined;
  /** The machine it led to last. */
  lastLabel: string | undefined;
}

/** The public addresses of the account, which are rented apart from machines and outlive them. */
export class PublicIps {
  readonly #all = new Map<string, PublicIp>();

  get all(): readonly PublicIp[] {
    return [...this.#all.values()];
  }

  at(place: Place): readonly PublicIp[] {
    return this.all.filter((ip) => isAt(ip, place));
  }

  of(server: Server): PublicIp | undefined {
    return this.all.find((ip) => ip.server === server);
  }

  /** @throws {Refusal} there is none of that id */
  find(place: Place, id: string): PublicIp {
    const ip = this.#all.get(id);
    if (ip === undefined || !isAt(ip, place)) throw new Refusal(404, 'Floating IP not found');
    return ip;
  }

  async make({ project, region }: Place, madeBy: PublicIp['madeBy']): Promise<PublicIp> {
    const address = await FloatingIp.make();
    const ip: PublicIp = {
      id: randomUUID(),
      project,
      region,
      madeBy,
      address,
      server: undefined,
      lastLabel: undefined,
    };
    this.#all.set(ip.id, ip);
    return ip;
  }

  /** @throws {Refusal} the machine has no port yet, or one of the two is taken */
  async associate(ip: PublicIp, server: Server): Promise<void> {
    if (server.faces.ago(0).state === 'BUILD')
      throw new Refusal(400, `No port is associated with instance ${server.uuid}`);
    if (ip.server !== undefined || this.of(server) !== undefined)
      throw new Refusal(409, 'The floating IP or the instance is already associated');
    ip.server = server;
    ip.lastLabel = server.label;
    await ip.address.leadTo(() => server.machine?.address);
  }

  /** @throws {Refusal} it leads nowhere */
  disassociate(ip: PublicIp): void {
    if (ip.server === undefined) throw new Refusal(400, 'The floating IP is not associated');
    ip.server = undefined;
    ip.address.leadNowhere();
  }

  /** @throws {Refusal} it leads to a machine */
  release(ip: PublicIp): void {
    if (ip.server !== undefined) throw new Refusal(409, 'The floating IP is in use');
    this.#all.delete(ip.id);
  }

  /** Nothing answers under any of them any more. */
  close(): void {
    for (const { address } of this.all) address.leadNowhere();
  }
}
