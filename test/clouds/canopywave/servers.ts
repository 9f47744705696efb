import { createHash } from 'node:crypto';
import type { History } from '../base/history.js';
import type { RentedMachine } from '../base/simulatedCloud.js';
import type { Flavor } from './flavors.js';
import type { Place } from './place.js';
import type { PublicIp } from './publicIps.js';

/** Nova's words. */
export type NovaState = 'BUILD' | 'ACTIVE' | 'ERROR' | 'SHUTOFF';

/** How a machine looks from outside; replaced as a whole, so that lists can show how it was. */
export interface ServerFace {
  readonly state: NovaState;
  readonly isDeleting: boolean;
  readonly launchedAt: string | null;
  readonly isGone: boolean;
}

/** A virtual machine of the account. Its `id` is Trainyard's, with project and region. */
export interface Server extends RentedMachine, Place {
  /** CanopyWave's own id. */
  readonly uuid: string;
  readonly flavor: Flavor;
  readonly keypair: string | null;
  /** Of the private network: nobody outside reaches it. */
  readonly fixedIp: string;
  readonly createdSeconds: number;
  readonly createdAt: string;
  readonly faces: History<ServerFace>;
  /** Shown instead of the true state. */
  shownState: string | undefined;
}

/** A line of `/instances` and `/instances/running`; only the second one tells `publicIp`. */
export function listRow(server: Server, face: ServerFace, publicIp: string | null): object {
  return {
    id: server.uuid,
    name: server.label,
    flavor: server.flavor.row.name,
    launchedAt: face.launchedAt,
    paymentMode: null,
    publicIp,
    region: server.region,
    role: 'worker',
    status: (server.shownState ?? face.state).toLowerCase(),
  };
}

/** Nova's own description, where the private address stands before the public one and the access addresses are empty. */
export function novaServer(server: Server, face: ServerFace, publicIp: string | null): object {
  const mac = 'fa:16:3e:9d:aa:19';
  const addressOf = (addr: string, type: string): object => ({
    addr,
    version: 4,
    'OS-EXT-IPS:type': type,
    'OS-EXT-IPS-MAC:mac_addr': mac,
  });
  const hasPort = face.state !== 'BUILD';
  return {
    id: server.uuid,
    name: server.label,
    status: (server.shownState ?? face.state).toUpperCase(),
    'OS-EXT-STS:vm_state': vmState[face.state],
    'OS-EXT-STS:task_state': face.isDeleting ? 'deleting' : face.state === 'BUILD' ? 'spawning' : null,
    'OS-EXT-STS:power_state': face.state === 'ACTIVE' ? 1 : 4,
    'OS-SRV-USG:launched_at': face.launchedAt,
    'OS-SRV-USG:terminated_at': null,
    accessIPv4: '',
    accessIPv6: '',
    addresses: hasPort
      ? {
          [`${server.project.replaceAll(/[^a-z0-9]/gi, '_')}-network`]: [
            addressOf(server.fixedIp, 'fixed'),
            ...(publicIp === null ? [] : [addressOf(publicIp, 'floating')]),
          ],
        }
      : {},
    flavor: { id: hexOf(server.flavor.row.flavor), links: [] },
    image: { id: hexOf('image'), links: [] },
    hostid: hexOf('host'),
    key_name: server.keypair,
    metadata: {},
    security_groups: [{ name: 'ssh' }, { name: 'default' }, { name: 'monitoring' }],
    created: server.createdAt,
    updated: server.createdAt,
    tenant_id: hexOf(server.project),
    user_id: hexOf('user'),
  };
}

/** A line of `/ips`. */
export function ipRow({ id, address, server }: PublicIp): object {
  return { id, ip: address.ip, server: server?.label ?? null, status: server ? 'ACTIVE' : 'DOWN' };
}

const vmState: Readonly<Record<NovaState, string>> = {
  BUILD: 'building',
  ACTIVE: 'active',
  ERROR: 'error',
  SHUTOFF: 'stopped',
};

function hexOf(text: string): string {
  return createHash('md5').update(text).digest('hex');
}
