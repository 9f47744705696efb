import { randomBytes } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { BillingClock } from '../base/billingClock.js';
import type { MachineFault } from '../base/faults.js';
import { containerAddress } from '../base/machineAddress.js';
import type { SimulatedClock } from '../base/simulatedClock.js';
import type { RentedMachine } from '../base/simulatedCloud.js';
import type { MachineOptions, SimulatedMachine } from '../base/simulatedMachine.js';
import type { CatalogGpu, Tier } from './catalog.js';
import { containerStart } from './containerImage.js';

export type PodStatus = 'PROVISIONING' | 'STARTING' | 'RUNNING' | 'EXITED' | 'ERROR' | 'TERMINATED';
export type PodAction = 'start' | 'stop' | 'restart' | 'terminate';

/** What was ordered. */
export interface PodOrder {
  readonly name: string;
  readonly image: string;
  readonly gpu: CatalogGpu;
  readonly gpuCount: number;
  readonly tier: Tier;
  readonly dataCenter: string | null;
  readonly diskGb: number;
  readonly volume: { readonly size: number; readonly path: string } | null;
  readonly ports: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly args: string;
  readonly startSsh: boolean;
  readonly isSpot: boolean;
  readonly usdPerHour: number;
}

/** What a pod needs of the cloud it is in. */
export interface PodWorld {
  readonly clock: SimulatedClock;
  readonly billing: BillingClock;
  /** Nothing when the pod is gone meanwhile. */
  readonly boot: (pod: Pod, options: MachineOptions) => Promise<SimulatedMachine | undefined>;
  readonly end: (pod: Pod) => Promise<void>;
  /** Keys of the account, for pods that ask for SSH and bring no key. */
  readonly accountKeys: readonly string[];
  /** Something that lists show has changed. */
  readonly onChange: () => void;
}

/** Cloud seconds. */
const provisioningSeconds = 8;
const startingSeconds = 12;
const portSeconds = 3;
const sshdSeconds = 5;
const deadHostShowsSeconds = 30;
/** A container that ends by itself is started again, until that has happened so often. */
const mostExits = 3;
const hoursPerMonth = 730;
const usdPerGbMonth = { disk: 0.1, volume: 0.1, stoppedVolume: 0.2 };

const actionsOf: Readonly<Record<PodStatus, readonly PodAction[]>> = {
  PROVISIONING: ['stop', 'terminate'],
  STARTING: ['stop', 'terminate'],
  RUNNING: ['stop', 'restart', 'terminate'],
  EXITED: ['start', 'terminate'],
  ERROR: ['start', 'terminate'],
  TERMINATED: [],
};

/** A container on somebody's host, from the order to its end. */
export class Pod implements RentedMachine {
  readonly id = randomBytes(7).toString('hex');
  readonly label: string;
  readonly madeBy: 'api' | 'hand';
  readonly usdPerHour: number;
  readonly order: PodOrder;
  /** Good for ending this pod and for nothing else. */
  readonly ownKey = `rpa_pod_${randomBytes(16).toString('hex')}`;
  isGone = false;
  machine: SimulatedMachine | undefined;
  /** Set by its user in the console: it cannot be stopped. */
  locked = false;
  /** Fewer than ordered where the host has given them away. */
  gpuCount: number;
  /** A word that lists show in place of the status. */
  shownStatus: string | undefined;
  /** A pod that runs and is never given its port. */
  hasPort = true;
  /** Cloud seconds of its end. */
  goneAt = Infinity;
  #status: PodStatus = 'PROVISIONING';
  #isPortKnown = false;
  #exits = 0;
  #startedAt: Date | null = null;
  #runningSince = 0;
  /** What is to come in the life that it has now; each start begins another. */
  #timers: (() => void)[] = [];
  #life = 0;
  /** Work on its machine, one after the other. */
  #work: Promise<void> = Promise.resolve();
  readonly #createdAt = new Date();
  readonly #world: PodWorld;
  readonly #fault: MachineFault | undefined;

  constructor(world: PodWorld, order: PodOrder, madeBy: 'api' | 'hand', fault?: MachineFault) {
    this.label = order.name;
    this.madeBy = madeBy;
    this.usdPerHour = order.usdPerHour;
    this.order = order;
    this.gpuCount = order.gpuCount;
    this.#world = world;
    this.#fault = fault;
  }

  get status(): PodStatus {
    return this.#status;
  }

  get actions(): readonly PodAction[] {
    return actionsOf[this.#status].filter(
      (action) => !this.locked || action === 'terminate' || action === 'start',
    );
  }

  /** US dollars an hour as RunPod shows them: without the disks. */
  get cost(): number {
    return ['EXITED', 'TERMINATED'].includes(this.#status) ? 0 : this.usdPerHour;
  }

  /** What processes of its container find in their environment. */
  get environment(): Readonly<Record<string, string>> {
    const { env, startSsh, dataCenter, volume } = this.order;
    const accountKeys = startSsh ? { PUBLIC_KEY: this.#world.accountKeys.join('\n') } : {};
    const { host = '', port = 0 } = this.machine?.address ?? {};
    return {
      ...accountKeys,
      ...env,
      RUNPOD_POD_ID: this.id,
      RUNPOD_API_KEY: this.ownKey,
      RUNPOD_PUBLIC_IP: host,
      RUNPOD_TCP_PORT_22: String(port),
      RUNPOD_DC_ID: dataCenter ?? '',
      RUNPOD_GPU_COUNT: String(this.gpuCount),
      RUNPOD_CPU_COUNT: '8',
      RUNPOD_POD_HOSTNAME: `${this.id}-64411eb2`,
      ...(volume === null ? {} : { RUNPOD_VOLUME_ID: `vol-${this.id}` }),
    };
  }

  /** From now on it is on its way to run. */
  begin(): void {
    this.#newLife('PROVISIONING');
    this.#bill();
    this.#after(provisioningSeconds, () => {
      this.#become('STARTING');
      this.#boot();
    });
  }

  /** As one that has been running for a while, without a computer behind it. */
  beginRunning(): void {
    this.#newLife('RUNNING');
    this.#bill();
  }

  stop(): void {
    this.#newLife('EXITED');
    this.#bill();
    this.#do(async () => this.machine?.powerOff());
  }

  restart(): void {
    this.#newLife('STARTING');
    this.#boot();
  }

  terminate(): void {
    if (this.isGone) return;
    this.isGone = true;
    this.goneAt = this.#world.clock.seconds;
    this.#newLife('TERMINATED');
    this.#world.billing.stop(this.id);
    this.#do(() => this.#world.end(this));
  }

  /** Waits until nothing is being done with its machine, and lets nothing begin. */
  async settle(): Promise<void> {
    this.#newLife(this.#status);
    await this.#work;
  }

  /** As `GET /v2/pods/{id}` shows it. */
  view(): object {
    const { order } = this;
    const status = this.#status;
    const isUp = status === 'RUNNING';
    const port = isUp && this.#isPortKnown && this.hasPort ? this.machine?.address : undefined;
    return {
      id: this.id,
      name: order.name,
      status: this.shownStatus ?? status,
      actions: this.actions,
      image: order.image,
      args: order.args,
      disk: order.diskGb,
      ports: order.ports,
      env: order.env,
      registry: null,
      mounts: order.volume === null ? {} : { persistent: order.volume },
      gpu: { id: order.gpu.id, count: this.gpuCount },
      cloud: order.tier,
      dataCenterId: status === 'PROVISIONING' ? null : order.dataCenter,
      cudaVersion: status === 'PROVISIONING' ? null : order.gpu.cuda,
      ssh: {
        proxy: isUp ? sshEndpoint('ssh.runpod.io', 22, `${this.id}-64411eb2`) : null,
        direct: port === undefined ? null : sshEndpoint(port.host, port.port, 'root'),
      },
      template: null,
      cost: this.cost,
      locked: this.locked,
      globalNetworking: { enabled: false },
      runtime: isUp ? this.#runtime(port) : null,
      createdAt: this.#createdAt.toISOString(),
      startedAt: this.#startedAt?.toISOString() ?? null,
    };
  }

  #runtime(port: { readonly host: string; readonly port: number } | undefined): object {
    return {
      uptime: Math.floor(this.#world.clock.seconds - this.#runningSince),
      gpus: Array.from({ length: this.gpuCount }, () => ({ util: 0, memoryUtil: 0 })),
      cpu: { util: 2 },
      memory: { util: 3 },
      ports: port === undefined ? [] : [{ private: 22, public: port.port, type: 'tcp', ip: port.host }],
    };
  }

  #newLife(status: PodStatus): void {
    for (const cancel of this.#timers.splice(0)) cancel();
    this.#life += 1;
    this.#isPortKnown = false;
    this.#become(status);
  }

  #become(status: PodStatus): void {
    this.#status = status;
    this.#world.onChange();
  }

  #after(seconds: number, action: () => void): void {
    this.#timers.push(this.#world.clock.after(seconds, action));
  }

  /** In the order in which it was asked for; a mistake in here ends the test. */
  #do(work: () => Promise<void> | undefined): void {
    this.#work = this.#work.then(work);
  }

  /** The container begins some seconds from now: on a port of its own, its disk empty but for the volume. */
  #boot(): void {
    if (this.#fault?.kind === 'stuck-booting') return;
    const life = this.#life;
    this.#after(startingSeconds, () =>
      this.#do(async () => {
        if (life !== this.#life) return;
        await this.#startContainer();
        if (life === this.#life) this.#isUp();
        else await this.machine?.powerOff();
      }),
    );
  }

  async #startContainer(): Promise<void> {
    const address = await containerAddress();
    if (this.machine !== undefined) {
      await this.machine.powerOff();
      await this.#emptyDisk(this.machine.files);
      const place = { RUNPOD_TCP_PORT_22: String(address.port), RUNPOD_PUBLIC_IP: address.host };
      return this.machine.reboot({ address, environment: { ...this.environment, ...place }, ssh: 'shut' });
    }
    const { gpu, args } = this.order;
    const place = { RUNPOD_TCP_PORT_22: String(address.port), RUNPOD_PUBLIC_IP: address.host };
    await this.#world.boot(this, {
      address,
      user: 'root',
      authorizedKeys: [],
      environment: { ...this.environment, ...place },
      startScript: containerStart(args),
      gpus:
        this.#fault?.kind === 'no-gpu' || this.gpuCount === 0
          ? 'none'
          : { name: gpu.id, count: this.gpuCount, memoryMib: gpu.memory * 1024 },
      ssh: 'shut',
      onStartScriptEnd: () => this.#containerEnded(),
      onEnd: () => this.#containerEnded(),
    });
  }

  /** All but what is on the volume. */
  async #emptyDisk(home: string): Promise<void> {
    const kept = this.order.volume?.path.startsWith('/root/')
      ? this.order.volume.path.split('/')[2]
      : undefined;
    const names = (await readdir(home)).filter((name) => name !== kept);
    await Promise.all(names.map((name) => rm(join(home, name), { recursive: true, force: true })));
  }

  #isUp(): void {
    this.#runningSince = this.#world.clock.seconds;
    this.#startedAt = new Date();
    this.#become('RUNNING');
    this.#bill();
    if (this.order.ports.includes('22/tcp')) {
      this.#after(portSeconds, () => {
        this.#isPortKnown = true;
        this.#world.onChange();
      });
      if (this.#fault?.kind !== 'no-sshd')
        this.#after(sshdSeconds, () => this.#do(async () => this.machine?.setSsh('open')));
    }
    if (this.#fault?.kind === 'dies') this.#after(this.#fault.afterSeconds, () => this.dieWithHost());
    if (this.#fault?.kind === 'interrupted') this.#after(this.#fault.afterSeconds, () => this.stop());
  }

  /** The host is gone; RunPod notices later. */
  dieWithHost(): void {
    this.#do(async () => this.machine?.powerOff());
    this.#after(deadHostShowsSeconds, () => this.#become('ERROR'));
  }

  /** What ends in a container is started again, and billed on. */
  #containerEnded(): void {
    if (this.#status !== 'RUNNING' && this.#status !== 'STARTING') return;
    this.#exits += 1;
    if (this.#exits >= mostExits) this.stop();
    else this.restart();
  }

  /** A GPU costs while it runs, a disk while it is there, and a volume twice as much when it is of no use. */
  #bill(): void {
    const { billing } = this.#world;
    const { diskGb, volume } = this.order;
    const hourly = (gb: number, usd: number): number => (gb * usd) / hoursPerMonth;
    const size = volume?.size ?? 0;
    if (this.#status === 'EXITED') {
      billing.stop(this.id);
      billing.start(this.id, 'volume', hourly(size, usdPerGbMonth.stoppedVolume));
      return;
    }
    billing.start(this.id, 'disk', hourly(diskGb, usdPerGbMonth.disk));
    billing.start(this.id, 'volume', hourly(size, usdPerGbMonth.volume));
    if (this.#status === 'RUNNING') billing.start(this.id, 'gpu', this.usdPerHour);
  }
}

function sshEndpoint(host: string, port: number, username: string): object {
  const command = port === 22 ? `ssh ${username}@${host}` : `ssh ${username}@${host} -p ${port}`;
  return { host, port, username, command };
}
