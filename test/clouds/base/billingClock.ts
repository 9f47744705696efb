/** What is charged for: `gpu`, `disk`, `ip`. A resource may be charged for several at once. */
export type Charge = string;

export interface OpenCharge {
  readonly resourceId: string;
  readonly charge: Charge;
  readonly usdPerHour: number;
  /** Cloud seconds. */
  readonly sinceSeconds: number;
}

export interface BillingOptions {
  /** Every begun period of so many seconds is charged whole, as where a cloud bills by the minute. */
  readonly periodSeconds?: number;
}

/** What the account is charged, by the time of the cloud. Which state costs what is the provider's to say. */
export class BillingClock {
  readonly #clock: { readonly seconds: number };
  readonly #periodSeconds: number;
  readonly #open = new Map<string, OpenCharge>();
  readonly #booked = new Map<string, number>();

  constructor(clock: { readonly seconds: number }, { periodSeconds = 0 }: BillingOptions = {}) {
    this.#clock = clock;
    this.#periodSeconds = periodSeconds;
  }

  /** Charges by the hour from now on. The same charge of the same resource goes on at the new price. */
  start(resourceId: string, charge: Charge, usdPerHour: number): void {
    this.stop(resourceId, charge);
    const open = { resourceId, charge, usdPerHour, sinceSeconds: this.#clock.seconds };
    this.#open.set(keyOf(resourceId, charge), open);
  }

  /** Ends one charge of a resource, or all of them. Safe to repeat. */
  stop(resourceId: string, charge?: Charge): void {
    for (const open of this.open) {
      if (open.resourceId !== resourceId || (charge !== undefined && open.charge !== charge)) continue;
      this.#open.delete(keyOf(resourceId, open.charge));
      this.book(resourceId, this.#usdOf(open));
    }
  }

  /** Charges once: up-front payments, traffic. A refund is negative. */
  book(resourceId: string, usd: number): void {
    this.#booked.set(resourceId, (this.#booked.get(resourceId) ?? 0) + usd);
  }

  /** What is being charged now. */
  get open(): readonly OpenCharge[] {
    return [...this.#open.values()];
  }

  /** All that a resource has cost until now. */
  chargedUsd(resourceId: string): number {
    const open = this.open.filter((each) => each.resourceId === resourceId);
    return open.reduce((sum, each) => sum + this.#usdOf(each), this.#booked.get(resourceId) ?? 0);
  }

  get totalUsd(): number {
    const booked = [...this.#booked.values()].reduce((sum, usd) => sum + usd, 0);
    return this.open.reduce((sum, each) => sum + this.#usdOf(each), booked);
  }

  #usdOf({ sinceSeconds, usdPerHour }: OpenCharge): number {
    const seconds = this.#clock.seconds - sinceSeconds;
    return (usdPerHour * roundedUp(seconds, this.#periodSeconds)) / 3600;
  }
}

function keyOf(resourceId: string, charge: Charge): string {
  return JSON.stringify([resourceId, charge]);
}

function roundedUp(seconds: number, period: number): number {
  return period === 0 ? seconds : Math.ceil(seconds / period) * period;
}
