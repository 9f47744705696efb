import { setTimeout as sleep } from 'node:timers/promises';
import type {
  Cloud,
  CloudFacts,
  CloudProvider,
  Offer,
  OfferNeed,
  RentedInstance,
} from '../../../../src/providers/cloud.js';

export function offer(overrides: Partial<Offer> = {}): Offer {
  return {
    provider: 'runpod',
    id: 'one',
    gpu: 'RTX 4090',
    count: 1,
    vramGb: 24,
    usdPerHour: 0.44,
    region: 'US-KS-2',
    spot: false,
    available: true,
    hostKey: null,
    usdPerGb: { up: 0, down: 0 },
    cuda: null,
    diskGb: null,
    notes: [],
    ...overrides,
  };
}

/** Nothing in particular. */
export function need(overrides: Partial<OfferNeed> = {}): OfferNeed {
  return {
    gpus: [],
    vramGb: null,
    count: 1,
    maxUsdPerHour: null,
    spot: null,
    regions: [],
    diskGb: 20,
    ...overrides,
  };
}

const facts: CloudFacts = {
  keyName: 'RUNPOD_API_KEY',
  keyHint: 'Make one in the console.',
  keyUrl: 'https://example.com/keys',
  endpoint: 'https://example.com',
  consoleUrl: 'https://example.com',
  sells: { onDemand: true, spot: true },
  selfEnd: 'scoped-key',
  watchdogFrom: 'boot',
  stoppedCosts: null,
  billingNotes: [],
  bootMinutes: 10,
  bannerMinutes: 5,
  listSeconds: 5,
  settings: {},
};

export interface FakeCloud {
  readonly id?: string;
  readonly title?: string;
  readonly hasKey?: boolean;
  readonly facts?: Partial<CloudFacts>;
  /** An error instead of an answer; `never` waits until it is called off. */
  readonly answer: readonly Offer[] | Error | 'never';
}

/** A cloud that can say what it offers, and nothing else. */
export class FakeProvider implements CloudProvider {
  readonly rents = true;
  readonly id: string;
  readonly title: string;
  readonly facts: CloudFacts;
  readonly asked: OfferNeed[] = [];
  readonly #fake: FakeCloud;

  constructor(fake: FakeCloud) {
    this.#fake = fake;
    this.id = fake.id ?? 'runpod';
    this.title = fake.title ?? 'RunPod';
    this.facts = { ...facts, ...fake.facts };
  }

  hasKey(): Promise<boolean> {
    return Promise.resolve(this.#fake.hasKey ?? true);
  }

  open(): Promise<Cloud> {
    const offers = (asked: OfferNeed, signal: AbortSignal): Promise<readonly Offer[]> => {
      this.asked.push(asked);
      return this.#offers(signal);
    };
    return Promise.resolve({ id: this.id, facts: this.facts, offers } as Cloud);
  }

  machines(): Promise<readonly RentedInstance[]> {
    return Promise.resolve([]);
  }

  keyMark(): Promise<string> {
    return Promise.resolve('0123abcd');
  }

  hasListed(): boolean {
    return false;
  }

  async #offers(signal: AbortSignal): Promise<readonly Offer[]> {
    const { answer } = this.#fake;
    if (answer instanceof Error) throw answer;
    if (answer === 'never') await sleep(3_600_000, undefined, { signal });
    return answer === 'never' ? [] : answer;
  }
}
