import { type Answer, json } from '../base/cloudServer.js';
import { type CatalogueEntry, catalogue, hoursPerMonth, storageUsdPerGbMonth } from './catalogue.js';
import { type Filters, misfitOf, passes } from './filters.js';

/** One machine of one host, as long as the market lasts; its asks come and go. */
export interface Listing extends CatalogueEntry {
  readonly machineId: number;
  readonly hostId: number;
  /** Changes whenever it is listed anew. */
  askId: number;
  /** Nobody else can have it now. */
  isRented: boolean;
  usdPerHour: number;
  minBid: number;
}

const searchTypes = ['on-demand', 'ondemand', 'bid', 'reserved'];
const defaultStorageGb = 8;
const defaultLimit = 64;

/** All that is offered, by whom, at what price. */
export class Market {
  readonly listings: readonly Listing[];
  #lastAsk = 12_345_000;

  constructor() {
    let machine = 24_000;
    this.listings = catalogue.flatMap((entry) =>
      Array.from({ length: entry.machines }, (): Listing => {
        machine += 17;
        return {
          ...entry,
          machineId: machine,
          hostId: machine % 1000,
          askId: this.#newAsk(),
          isRented: entry.isTaken === true,
        };
      }),
    );
  }

  /** What can be accepted under an ask's id now. */
  find(askId: number): Listing | undefined {
    return this.listings.find((each) => each.askId === askId && !each.isRented);
  }

  /** Somebody gives it back, or its host lists it anew: under another id. */
  relist(listing: Listing): void {
    listing.isRented = false;
    listing.askId = this.#newAsk();
  }

  /** `POST /bundles/` */
  search(body: unknown): Answer {
    if (typeof body !== 'object' || body === null) return invalid('Invalid json body');
    const { allocated_storage: storage, type = 'on-demand', order, limit, ...filters } = fieldsOf(body);
    if (typeof type !== 'string' || !searchTypes.includes(type))
      return invalid(`Invalid type ${String(type)}`);
    const storageGb = typeof storage === 'number' ? storage : defaultStorageGb;
    const offers = this.listings.map((listing) => toOffer(listing, type, storageGb));
    const misfit = misfitOf(filters, [...Object.keys(offers[0] ?? {}), 'verified', 'external']);
    if (misfit !== undefined) return invalid(misfit);
    const { geolocation, verified, external, ...exact } = filters;
    const found = offers.filter(
      (offer) =>
        passes(offer, exact) &&
        passes(
          { verified: offer.verification === 'verified', external: false },
          only({ verified, external }),
        ) &&
        passes({ geolocation: offer.geolocation.slice(-2) }, only({ geolocation })),
    );
    const sorted = sortedBy(found, order);
    return json(200, { offers: sorted.slice(0, typeof limit === 'number' ? limit : defaultLimit) });
  }

  #newAsk(): number {
    this.#lastAsk += 1;
    return this.#lastAsk;
  }
}

export function storageUsdPerHour(diskGb: number): number {
  return (storageUsdPerGbMonth * diskGb) / hoursPerMonth;
}

function toOffer(listing: Listing, type: string, storageGb: number) {
  const isBid = type === 'bid';
  const base = isBid ? listing.minBid : listing.usdPerHour;
  const days = listing.days ?? 30;
  const reliability = listing.reliability ?? 0.9953;
  return {
    id: listing.askId,
    ask_contract_id: listing.askId,
    bundle_id: listing.machineId * 100 + listing.count,
    machine_id: listing.machineId,
    host_id: listing.hostId,
    gpu_name: listing.gpuName,
    num_gpus: listing.count,
    gpu_ram: listing.memoryMib,
    gpu_total_ram: listing.memoryMib * listing.count,
    gpu_arch: listing.gpuArch ?? 'nvidia',
    gpu_frac: 1,
    compute_cap: listing.computeCap,
    cuda_max_good: listing.cuda ?? 12.8,
    driver_version: listing.cuda === undefined ? '570.124.06' : '535.183.01',
    cpu_arch: 'amd64',
    cpu_name: 'AMD EPYC 7543',
    cpu_cores: listing.isUnknown === true ? null : 64,
    cpu_cores_effective: 16,
    cpu_ram: 257_000,
    disk_space: listing.diskGb ?? 812.3,
    disk_bw: 3200.5,
    disk_name: 'nvme',
    storage_cost: storageUsdPerGbMonth,
    inet_down: 842.1,
    inet_up: 790.4,
    inet_down_cost: listing.inetUsdPerGb.down,
    inet_up_cost: listing.inetUsdPerGb.up,
    dph_base: base,
    dph_total: base + storageUsdPerHour(storageGb),
    min_bid: listing.minBid,
    is_bid: isBid,
    reliability,
    reliability2: reliability,
    verification: listing.verification ?? 'verified',
    hosting_type: 0,
    datacenter: false,
    direct_port_count: 250,
    static_ip: true,
    public_ipaddr: '203.0.113.24',
    geolocation: listing.geolocation,
    duration: days * 86_400,
    start_date: 1_763_000_000,
    end_date: Math.floor(Date.now() / 1000) + days * 86_400,
    dlperf: 98.1,
    dlperf_per_dphtotal: 263.4,
    score: 310.2,
    rentable: !listing.isRented,
    rented: listing.isRented,
    pcie_bw: 23.1,
    bw_nvlink: 0,
    gpu_mem_bw: 880,
    vms_enabled: false,
  };
}

/** The fields of a request's body, which has no shape yet. */
function fieldsOf(body: object): Filters {
  return { ...body };
}

function only(filters: Filters): Filters {
  return Object.fromEntries(Object.entries(filters).filter(([, conditions]) => conditions !== undefined));
}

function sortedBy<T extends object>(offers: readonly T[], order: unknown): T[] {
  const [column, direction] = Array.isArray(order) && Array.isArray(order[0]) ? (order[0] as unknown[]) : [];
  const valueOf = (offer: T): number =>
    Number(new Map<unknown, unknown>(Object.entries(offer)).get(column ?? 'score'));
  const sign = direction === 'asc' ? 1 : -1;
  return [...offers].sort((a, b) => sign * (valueOf(a) - valueOf(b)));
}

function invalid(msg: string): Answer {
  return json(400, { error: 'invalid_request', msg });
}
