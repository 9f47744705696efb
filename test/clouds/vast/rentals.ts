import { randomBytes } from 'node:crypto';
import { History } from '../base/history.js';
import { type CloudOptions, SimulatedCloud } from '../base/simulatedCloud.js';
import type { Gpus, MachineEnd, MachineOptions } from '../base/simulatedMachine.js';
import { type Contract, type KeyRow, toWire, type Wanted, type WireContract } from './contract.js';
import { type Listing, Market, storageUsdPerHour } from './market.js';
import type { Order } from './order.js';
import { PortForward } from './portForward.js';

export interface VastOptions extends CloudOptions {
  /** What the account can spend; 500 dollars when not given. */
  readonly creditUsd?: number;
}

/** Cloud seconds after the create. */
const shownAfter = 4;
const createdAfter = 3;
const loadingAfter = 6;
const bootedAfter = 30;
/** After a start of one that was stopped. */
const resumedAfter = 10;
const bytesPerGb = 1e9;
/** Longer than that a timer is not set; it looks again. */
const creditLookSeconds = 86_400;

/** The machines that an account has at Vast.ai: how they come up, stop, are outbid, are billed, and end. */
export abstract class VastRentals extends SimulatedCloud<Contract> {
  readonly id = 'vast';
  readonly title = 'Vast.ai';
  readonly market = new Market();
  /** Keys of the account; machines that are made have all of them. */
  protected accountKeys: KeyRow[] = [];
  protected readonly history: History<readonly WireContract[]>;
  readonly #creditUsd: number;
  #forgetCredit = (): void => undefined;
  #lastId = 27_712_000;

  protected constructor({ creditUsd = 500, ...options }: VastOptions) {
    super(options, { keyPrefix: '' });
    this.#creditUsd = creditUsd;
    this.history = new History<readonly WireContract[]>(this.clock, []);
  }

  /** What is left to spend, in dollars. */
  get creditUsd(): number {
    return this.#creditUsd - this.billing.totalUsd;
  }

  override addByHand(label: string): string {
    const [, listing] = this.market.listings;
    if (listing === undefined) throw new Error('The market is empty.');
    const own: Listing = { ...listing, machineId: 999_000 + this.instances.size, isRented: true };
    const order = {
      image: 'me/mine',
      diskGb: 40,
      runtype: 'ssh_direct',
      environment: {},
      ports: [],
      onstart: '',
    };
    const contract = this.#add(own, { ...order, label, price: undefined }, 'hand');
    contract.actual = 'running';
    this.billing.start(contract.id, 'gpu', contract.gpuUsdPerHour);
    this.changed();
    return contract.id;
  }

  /** From now on a machine is shown in this state, whatever it is in; `undefined` shows the true one again. */
  showState(id: string, word: string | undefined): void {
    this.contractOf(id).shown = word;
    this.changed();
  }

  /** Somebody pays more for the machine, and has it at once: there is no warning. */
  async outbid(id: string): Promise<void> {
    const contract = this.contractOf(id);
    contract.listing.minBid = contract.gpuUsdPerHour * 1.25;
    await this.#halt(contract, 'stopped', null);
  }

  lose(id: string): void {
    void this.breakDown(id, 'offline');
  }

  /** What a machine comes to that does not run any more, as the host or nobody tells it. */
  async breakDown(id: string, how: 'exited' | 'offline' | 'unknown' | 'oci-failure'): Promise<void> {
    const contract = this.contractOf(id);
    contract.turn += 1;
    if (how === 'oci-failure') {
      contract.actual = 'created';
      contract.message =
        'Error response from daemon: OCI runtime create failed: nvidia-container-cli: no device';
    } else contract.actual = how;
    // Without a host nothing is billed; a container that has ended keeps its disk.
    this.billing.stop(id, 'gpu');
    if (how === 'offline') this.billing.stop(id);
    contract.direct?.close();
    contract.direct = undefined;
    this.changed();
    await contract.machine?.powerOff();
  }

  protected contractOf(id: string): Contract {
    const contract = this.instances.get(id);
    if (contract === undefined) throw new Error(`There is no machine ${id}.`);
    return contract;
  }

  /** Makes a machine; one that is not to start is there, stopped, with a disk that bills. */
  protected rentOut(listing: Listing, order: Order, start: boolean): Contract {
    listing.isRented = true;
    const contract = this.#add(listing, order, 'api');
    if (!start) return this.#set(contract, 'stopped', 'stopped');
    const { turn } = contract;
    this.#later(contract, turn, createdAfter, () => (contract.actual = 'created'));
    this.#later(contract, turn, loadingAfter, () => {
      contract.actual = 'loading';
      contract.message = `Pulling image ${order.image}`;
    });
    if (contract.fault?.kind !== 'stuck-booting')
      this.#later(contract, turn, bootedAfter, () => void this.#bootUp(contract, turn));
    return contract;
  }

  /** `PUT {"state": "stopped"}` */
  protected stopContract(contract: Contract): Promise<void> {
    return this.#halt(contract, 'stopped', null);
  }

  /** `PUT {"state": "running"}`, or a bid that wins again. It waits for ever when somebody else has the GPU. */
  protected resume(contract: Contract, isGpuFree: boolean): void {
    if (contract.actual === 'running') return;
    contract.turn += 1;
    this.#set(contract, 'running', 'scheduling');
    const { turn } = contract;
    if (isGpuFree) this.#later(contract, turn, resumedAfter, () => void this.#bootUp(contract, turn));
  }

  /** The end: of the machine, of its bill, and of others not getting it. */
  protected async destroy(contract: Contract): Promise<void> {
    if (contract.isGone) return;
    contract.turn += 1;
    contract.direct?.close();
    contract.relay?.close();
    this.market.relist(contract.listing);
    const ended = this.end(contract);
    this.changed();
    await ended;
  }

  protected attach(contract: Contract, key: KeyRow): Promise<void> {
    contract.keys.push(key);
    return contract.machine?.authorize(key.line) ?? Promise.resolve();
  }

  /** To be called whenever a machine is another than before. */
  protected changed(): void {
    this.history.keep(this.liveMachines.map(toWire));
    this.#watchCredit();
  }

  #add(listing: Listing, order: Order, madeBy: Contract['madeBy']): Contract {
    this.#lastId += 1;
    const gpuUsdPerHour = order.price ?? listing.usdPerHour;
    const contract: Contract = {
      id: String(this.#lastId),
      label: order.label,
      madeBy,
      usdPerHour: gpuUsdPerHour + storageUsdPerHour(order.diskGb),
      gpuUsdPerHour,
      isGone: false,
      machine: undefined,
      listing,
      order,
      ownKey: randomBytes(32).toString('hex'),
      jupyterToken: randomBytes(32).toString('hex'),
      createdUnix: this.clock.nowSeconds(),
      shownFromSeconds: madeBy === 'hand' ? 0 : this.clock.seconds + shownAfter,
      isBid: order.price !== undefined,
      actual: null,
      intended: 'running',
      current: 'running',
      next: 'running',
      message: null,
      keys: [...this.accountKeys],
      trafficUsd: 0,
      fault: madeBy === 'hand' ? undefined : this.faults.at('machine'),
      turn: 0,
      direct: undefined,
      relay: undefined,
      shown: undefined,
    };
    this.instances.set(contract.id, contract);
    this.billing.start(contract.id, 'disk', storageUsdPerHour(order.diskGb));
    this.changed();
    return contract;
  }

  #set(contract: Contract, wanted: Wanted, actual: string | null): Contract {
    contract.intended = contract.current = contract.next = wanted;
    contract.actual = actual;
    this.changed();
    return contract;
  }

  /** Does it unless something else was asked of the machine by then. */
  #later(contract: Contract, turn: number, seconds: number, action: () => void): void {
    this.clock.after(seconds, () => {
      if (contract.isGone || contract.turn !== turn) return;
      action();
      this.changed();
    });
  }

  async #bootUp(contract: Contract, turn: number): Promise<void> {
    const isWanted = (): boolean => !contract.isGone && contract.turn === turn;
    const forward = (): Promise<PortForward> =>
      new PortForward(
        () => contract.machine?.address,
        ({ toMachine, fromMachine }) => {
          const { down, up } = contract.listing.inetUsdPerGb;
          const usd = (toMachine * down + fromMachine * up) / bytesPerGb;
          contract.trafficUsd += usd;
          this.billing.book(contract.id, usd);
        },
      ).listen();
    contract.direct = await forward();
    contract.relay ??= await forward();
    if (contract.machine === undefined) await this.boot(contract, this.#machineOptions(contract));
    else await contract.machine.reboot();
    if (!isWanted()) {
      contract.direct.close();
      // Stopped while it came up.
      if (contract.intended === 'stopped') await contract.machine?.powerOff();
      return;
    }
    contract.actual = 'running';
    contract.message = `success, running ${contract.order.image}/ssh`;
    this.billing.start(contract.id, 'gpu', contract.gpuUsdPerHour);
    this.changed();
    this.#plan(contract, turn);
  }

  /** What is to go wrong with it later. */
  #plan(contract: Contract, turn: number): void {
    const { fault, id } = contract;
    if (fault?.kind === 'dies')
      this.#later(contract, turn, fault.afterSeconds, () => void this.breakDown(id, 'offline'));
    if (fault?.kind === 'interrupted' && contract.isBid)
      this.#later(contract, turn, fault.afterSeconds, () => void this.outbid(id));
  }

  #machineOptions(contract: Contract): MachineOptions {
    const { order, fault, keys } = contract;
    return {
      user: 'root',
      authorizedKeys: keys.map(({ line }) => line),
      environment: this.#environmentOf(contract),
      startScript: order.onstart,
      gpus: fault?.kind === 'no-gpu' ? 'broken' : gpusOf(contract.listing),
      // A start by its own entry point brings no SSH server along.
      ssh: fault?.kind === 'no-sshd' || order.runtype === 'args' ? 'shut' : 'open',
      onEnd: (end) => void this.#onEnd(contract, end),
    };
  }

  #environmentOf(contract: Contract): Record<string, string> {
    return {
      ...contract.order.environment,
      CONTAINER_ID: contract.id,
      CONTAINER_API_KEY: contract.ownKey,
      VAST_CONTAINERLABEL: `C.${contract.id}`,
      PUBLIC_IPADDR: '127.0.0.1',
      VAST_TCP_PORT_22: String(contract.direct?.port ?? ''),
      GPU_COUNT: String(contract.listing.count),
      SSH_PUBLIC_KEY: contract.keys.map(({ line }) => line).join('\n'),
      DATA_DIRECTORY: '/workspace/',
      JUPYTER_TOKEN: contract.jupyterToken,
    };
  }

  /** A command on the machine has ended it: the container has exited, and its disk bills on. */
  async #onEnd(contract: Contract, end: MachineEnd): Promise<void> {
    if (contract.isGone) return;
    if (end === 'reboot') await contract.machine?.reboot();
    else await this.breakDown(contract.id, 'exited');
  }

  async #halt(contract: Contract, actual: string, message: string | null): Promise<void> {
    contract.turn += 1;
    contract.message = message;
    this.billing.stop(contract.id, 'gpu');
    contract.direct?.close();
    contract.direct = undefined;
    this.#set(contract, 'stopped', actual);
    await contract.machine?.powerOff();
  }

  /** Without credit machines stop. Their disks go on billing. */
  #watchCredit(): void {
    this.#forgetCredit();
    const usdPerHour = this.billing.open.reduce((sum, open) => sum + open.usdPerHour, 0);
    if (usdPerHour === 0) return;
    const seconds = Math.max(0, (this.creditUsd / usdPerHour) * 3600);
    this.#forgetCredit = this.clock.after(Math.min(seconds + 0.01, creditLookSeconds), () => {
      const running = this.liveMachines.filter(({ intended }) => intended === 'running');
      if (this.creditUsd > 0) this.#watchCredit();
      else for (const contract of running) void this.#halt(contract, 'stopped', 'insufficient credit');
    });
  }
}

function gpusOf({ driverName, count, memoryMib }: Listing): Gpus {
  return driverName === 'none' ? 'none' : { name: driverName, count, memoryMib, driver: '570.124.06' };
}
