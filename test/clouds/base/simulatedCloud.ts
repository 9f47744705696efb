import { randomBytes } from 'node:crypto';
import type { CleanUp } from '../../support/tempDir.js';
import { BillingClock, type BillingOptions } from './billingClock.js';
import { type Answer, type CloudRequest, CloudServer, type ProviderManners } from './cloudServer.js';
import { type ChaosOptions, Faults, type TroubleFault } from './faults.js';
import { SimulatedClock } from './simulatedClock.js';
import { type MachineOptions, SimulatedMachine } from './simulatedMachine.js';

export interface CloudOptions {
  /** Real seconds that one second of the cloud takes: with 0.001, a boot of 90 s is over in 90 ms. 1 when not given. */
  readonly timeScale?: number;
  /** Faults by chance; without it only those that a test orders. */
  readonly chaos?: ChaosOptions;
}

/** A machine as the account has it, from the yes to the end of what it costs. Providers add their own state. */
export interface RentedMachine {
  readonly id: string;
  /** What the client calls it and finds it by: its name or label. */
  readonly label: string;
  /** `api`: made by a request. `hand`: it was there before, the user's own, never to be touched. */
  readonly madeBy: 'api' | 'hand';
  readonly usdPerHour: number;
  /** Whether it still exists for the account, whatever its state: it is in lists or costs money. */
  isGone: boolean;
  /** The computer behind it, while there is one. */
  machine: SimulatedMachine | undefined;
}

/** Something other than a machine that stays until it is released. */
export interface CloudResource {
  readonly kind: 'ip' | 'ssh-key' | 'volume';
  readonly id: string;
  readonly label: string;
}

/** Someone changed, or tried to change, a machine that the user made by hand. */
export interface Touch {
  readonly id: string;
  readonly what: string;
}

/**
 * One provider, whole: its API on loopback and the machines it rents out. A subclass registers its routes in its
 * constructor, keeps its machines in {@link instances}, and says in its own words what every API has to say.
 */
export abstract class SimulatedCloud<Instance extends RentedMachine = RentedMachine> {
  /** As in `TRAINYARD_ENDPOINT_<ID>`, in lower case: `runpod`. */
  abstract readonly id: string;
  abstract readonly title: string;
  readonly clock: SimulatedClock;
  readonly billing: BillingClock;
  readonly faults: Faults;
  readonly server: CloudServer;
  /** The key of the whole account, another one in each simulator. */
  readonly accountKey: string;
  /** Every machine there ever was, by id; those that are gone too. */
  readonly instances = new Map<string, Instance>();
  /** What was done to machines that were made by hand. */
  readonly touches: Touch[] = [];
  readonly #cleanUps: (() => Promise<void>)[] = [];
  #stopped = false;

  protected constructor(
    { timeScale = 1, chaos }: CloudOptions,
    provider: { readonly keyPrefix: string; readonly billing?: BillingOptions },
  ) {
    this.clock = new SimulatedClock(timeScale);
    this.billing = new BillingClock(this.clock, provider.billing);
    this.faults = new Faults(chaos);
    this.server = new CloudServer(this.#manners(), this.faults);
    this.accountKey = `${provider.keyPrefix}${randomBytes(20).toString('hex')}`;
  }

  /** Asked before every route: a wrong key, a limit of its own. `undefined` lets the request through. */
  protected abstract admit(request: CloudRequest): Answer | undefined;

  /** No route fits. */
  protected abstract unknownRoute(request: CloudRequest): Answer;

  /** The body is not JSON. */
  protected abstract badJson(request: CloudRequest): Answer;

  /** How it words a 429, 500 or 503. */
  protected abstract trouble(fault: TroubleFault, request: CloudRequest): Answer;

  /** What the user would have made by hand beforehand, running and billed. Gives back its id. */
  abstract addByHand(label: string): string;

  /** The host of a machine goes up in smoke: it does not answer any more, and the account is told in time. */
  abstract lose(id: string): void;

  /** What is there beside machines now. */
  get resources(): readonly CloudResource[] {
    return [];
  }

  /** Variables that make a client use this cloud: endpoint, key, settings. */
  abstract get environment(): Readonly<Record<string, string>>;

  /** Listens from now until `test` is over. */
  async start(test: CleanUp): Promise<this> {
    test.after(() => this.stop());
    await this.server.listen();
    return this;
  }

  /** Ends the API and every machine. Safe to repeat. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.clock.stop();
    await this.server.close();
    await Promise.all(this.#cleanUps.splice(0).map((end) => end()));
  }

  /**
   * Boots the computer behind a machine. When the machine is gone by then, the computer is ended again and nothing is
   * given back.
   */
  protected async boot(instance: Instance, options: MachineOptions): Promise<SimulatedMachine | undefined> {
    if (this.#isStopped()) return undefined;
    const machine = await SimulatedMachine.boot({ after: (end) => void this.#cleanUps.push(end) }, options);
    if (instance.isGone || this.#isStopped()) {
      await machine.kill();
      return undefined;
    }
    instance.machine = machine;
    return machine;
  }

  /** The end of a machine: of what it costs, and of the computer behind it. Safe to repeat. */
  protected async end(instance: Instance): Promise<void> {
    instance.isGone = true;
    this.billing.stop(instance.id);
    const { machine } = instance;
    instance.machine = undefined;
    await machine?.kill();
  }

  /** The part of the base URL that `TRAINYARD_ENDPOINT_<ID>` replaces. */
  get endpoint(): string {
    return this.server.url;
  }

  /** Machines that exist for the account, whoever made them. */
  get liveMachines(): readonly Instance[] {
    return [...this.instances.values()].filter(({ isGone }) => !isGone);
  }

  /** Machines and other things with our label that are still there. */
  orphans(labelPrefix: string): readonly (Instance | CloudResource)[] {
    const all = [...this.liveMachines.filter(({ madeBy }) => madeBy === 'api'), ...this.resources];
    return all.filter(({ label }) => label.startsWith(labelPrefix));
  }

  /** All that the account was charged, machines made by hand left out. */
  get billedUsd(): number {
    const byHand = [...this.instances.values()].filter(({ madeBy }) => madeBy === 'hand');
    return byHand.reduce((sum, { id }) => sum - this.billing.chargedUsd(id), this.billing.totalUsd);
  }

  /** To be called by every route that changes a machine. */
  protected noteChange(instance: Instance, what: string): void {
    if (instance.madeBy === 'hand') this.touches.push({ id: instance.id, what });
  }

  #isStopped(): boolean {
    return this.#stopped;
  }

  #manners(): ProviderManners {
    return {
      admit: (request) => this.admit(request),
      unknownRoute: (request) => this.unknownRoute(request),
      badJson: (request) => this.badJson(request),
      trouble: (fault, request) => this.trouble(fault, request),
    };
  }
}
