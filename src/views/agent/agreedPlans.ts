import { InputError } from '../../errors.js';

/** A price that was said longer ago is not what the user agreed to. */
const validMs = 10 * 60_000;

/**
 * What the user was asked about, until it is done: what starts is exactly what was confirmed, at the price that was said.
 */
export class AgreedPlans<T> {
  readonly #plans = new Map<string, { readonly plan: T; readonly at: number }>();

  /** @param now milliseconds since the epoch */
  remember(input: unknown, plan: T, now: number): void {
    this.#plans.set(JSON.stringify(input), { plan, at: now });
  }

  /** Gives it back once. @throws {InputError} nobody was asked, or too long ago */
  take(input: unknown, now: number): T {
    const key = JSON.stringify(input);
    const known = this.#plans.get(key);
    this.#plans.delete(key);
    if (known && now - known.at <= validMs) return known.plan;
    throw new InputError(
      'The user was not asked about this training, or more than ten minutes ago. Ask again.',
    );
  }
}
