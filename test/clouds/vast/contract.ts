import type { Fault } from '../base/faults.js';
import type { RentedMachine } from '../base/simulatedCloud.js';
import { storageUsdPerGbMonth } from './catalogue.js';
import type { Listing } from './market.js';
import type { Order } from './order.js';
import type { PortForward } from './portForward.js';

export type Wanted = 'running' | 'stopped';

export interface KeyRow {
  readonly id: number;
  readonly line: string;
  readonly createdAt: string;
}

/** A rented machine as Vast.ai has it: "contract" is its own word. */
export interface Contract extends RentedMachine {
  label: string;
  /** With the disk. */
  usdPerHour: number;
  readonly listing: Listing;
  readonly order: Order;
  /** Can start, stop and end this machine, and nothing else. */
  readonly ownKey: string;
  readonly jupyterToken: string;
  readonly createdUnix: number;
  /** Cloud seconds. Before, a look at it alone shows nothing. */
  readonly shownFromSeconds: number;
  readonly isBid: boolean;
  /** Of the GPUs, while they are ours: the bid, or the price on demand. */
  gpuUsdPerHour: number;
  /** `actual_status`: what the host says; `null` while it is being placed. */
  actual: string | null;
  intended: Wanted;
  /** `cur_state` and `next_state` of the scheduler. */
  current: Wanted;
  next: Wanted;
  message: string | null;
  keys: KeyRow[];
  /** What went in and out has cost. */
  trafficUsd: number;
  readonly fault: Fault | undefined;
  /** Counts what was asked of it; what was begun before does not go on. */
  turn: number;
  /** The host's own port; closed where a firewall is in the way. */
  direct: PortForward | undefined;
  relay: PortForward | undefined;
  /** A test shows it so. */
  shown: string | undefined;
}

/** What the API says of it. */
export type WireContract = Readonly<Record<string, unknown>>;

/** Columns that are computed and that a list cannot be filtered by. */
export const computedColumns = ['dph_total', 'dph_base', 'num_gpus', 'min_bid', 'duration', 'ports'];

/** Nobody listens there: what a firewall makes of the host's own port. */
const closedPort = 1;

export function toWire(contract: Contract): WireContract {
  const { listing, order } = contract;
  const isUp = contract.actual === 'running' && contract.direct !== undefined;
  const port = listing.isFirewalled === true ? closedPort : contract.direct?.port;
  const hasJupyter = order.runtype.includes('jupyter');
  const end = contract.createdUnix + (listing.days ?? 30) * 86_400;
  return {
    id: Number(contract.id),
    machine_id: listing.machineId,
    host_id: listing.hostId,
    label: contract.label === '' ? null : contract.label,
    actual_status: contract.shown ?? contract.actual,
    intended_status: contract.intended,
    cur_state: contract.current,
    next_state: contract.next,
    status_msg: contract.message,
    image_uuid: order.image,
    image_runtype: order.runtype === 'ssh_direct' ? 'ssh_direc ssh_proxy' : order.runtype,
    ssh_host: '127.0.0.1',
    // With Jupyter, the relay's SSH is one above.
    ssh_port: contract.relay === undefined ? null : contract.relay.port - (hasJupyter ? 1 : 0),
    ssh_idx: '6',
    public_ipaddr: '127.0.0.1 ',
    local_ipaddrs: '10.0.0.5 172.17.0.2',
    ports: isUp ? { '22/tcp': [{ HostIp: '0.0.0.0', HostPort: String(port) }] } : null,
    direct_port_start: 40_110,
    direct_port_end: 40_130,
    direct_port_count: 250,
    machine_dir_ssh_port: port ?? null,
    extra_env: [
      ...Object.entries(order.environment),
      ...order.ports.map((name) => [name, '1'] as [string, string]),
    ],
    onstart: order.onstart,
    is_bid: contract.isBid,
    min_bid: listing.minBid,
    dph_base: contract.gpuUsdPerHour,
    dph_total: contract.usdPerHour,
    storage_cost: storageUsdPerGbMonth,
    start_date: contract.createdUnix,
    end_date: end,
    duration: end - Date.now() / 1000,
    uptime_mins: null,
    gpu_name: listing.gpuName,
    num_gpus: listing.count,
    gpu_ram: listing.memoryMib,
    gpu_util: 0,
    gpu_temp: 38,
    cuda_max_good: listing.cuda ?? 12.8,
    driver_version: '570.124.06',
    disk_space: order.diskGb,
    disk_usage: 4.2,
    disk_util: 0.07,
    cpu_ram: 257_000,
    mem_limit: 62.8,
    mem_usage: 1.1,
    inet_down: 842.1,
    inet_up: 790.4,
    geolocation: listing.geolocation,
    verification: listing.verification ?? 'verified',
    jupyter_token: contract.jupyterToken,
  };
}
