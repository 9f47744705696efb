import type {
  Account,
  Cloud,
  Offer,
  RentedInstance,
  RentRequest,
  Rented,
  Resource,
  ResourceLedger,
  SelfEnd,
  SshCandidate,
} from '../../../../src/providers/cloud.js';
import { LazyCloud } from '../../../../src/providers/clouds.js';
import { Providers } from '../../../../src/providers/index.js';
import { SshHosts } from '../../../../src/providers/sshHosts.js';
import { facts } from '../../../../src/providers/lambda/facts.js';
import { RecordingLogger } from '../../../support/recordingLogger.js';
import { rentedInstance } from '../builders.js';

export const never = new AbortController().signal;
/** A cloud in memory that does what the test tells it to. */
export class FakeCloud implements Cloud {
  readonly id = 'vast';
  /** Factor on waits. */
  timeScale = 0.001;
  readonly facts = { ...facts, listSeconds: 0 };
  machines: readonly RentedInstance[] = [];
  keys: readonly Resource[] = [];
  offered: readonly Offer[] = [];
  /** Every call, in order. */
  readonly calls: string[] = [];
  /** Runs before each list is made. */
  beforeList: () => void | Promise<void> = () => undefined;
  onTerminate: (id: string) => void | Promise<void> = (id) => this.remove(id);
  onRent: (request: RentRequest, signal: AbortSignal) => Rented | Promise<Rented> = ({ label }) =>
    this.make('made', label);

  make(id: string, name: string, overrides: Partial<RentedInstance> = {}): Rented {
    this.machines = [...this.machines, rentedInstance({ id, name, ...overrides })];
    return { id, usdPerHour: null };
  }

  remove(id: string): void {
    this.machines = this.machines.filter((machine) => machine.id !== id);
  }

  check(): Promise<Account> {
    return Promise.resolve({ name: null, balanceUsd: null });
  }

  offers(): Promise<readonly Offer[]> {
    this.calls.push('offers');
    return Promise.resolve(this.offered);
  }

  async list(): Promise<readonly RentedInstance[]> {
    this.calls.push('list');
    await this.beforeList();
    return this.machines;
  }

  async rent(request: RentRequest, _ledger: ResourceLedger, signal: AbortSignal): Promise<Rented> {
    this.calls.push(`rent ${request.label}`);
    return this.onRent(request, signal);
  }

  endpoints(): Promise<readonly SshCandidate[]> {
    return Promise.resolve([]);
  }

  async terminate(id: string): Promise<void> {
    this.calls.push(`terminate ${id}`);
    await this.onTerminate(id);
  }

  resources(): Promise<readonly Resource[]> {
    return Promise.resolve(this.keys);
  }

  release({ name }: Resource): Promise<void> {
    this.calls.push(`release ${name}`);
    this.keys = this.keys.filter((key) => key.name !== name);
    return Promise.resolve();
  }

  selfEnd(): SelfEnd {
    return { attempts: [], secrets: {} };
  }

  consoleUrl(): string {
    return 'https://cloud.example/machines';
  }

  get ended(): readonly string[] {
    return this.calls.flatMap((call) => (call.startsWith('terminate ') ? [call.slice(10)] : []));
  }

  /** What the user has given. */
  key = 'key';

  /** What the engine sees of it. */
  provider(): LazyCloud {
    const entry = {
      id: this.id,
      title: 'Vast.ai',
      facts: this.facts,
      load: () => Promise.resolve(() => this),
    };
    const settings = {
      get: (name: string) => Promise.resolve(name === facts.keyName ? this.key : undefined),
    };
    return new LazyCloud(entry, { settings, logger: new RecordingLogger(), timeScale: this.timeScale });
  }

  /** Providers of which this is the only cloud. */
  providers(): Providers {
    const logger = new RecordingLogger();
    const settings = { get: () => Promise.resolve(undefined) };
    const all = new Providers({
      sshHosts: new SshHosts('/nowhere'),
      settings,
      logger,
      timeScale: this.timeScale,
    });
    return Object.assign(all, { clouds: [this.provider()] });
  }
}
