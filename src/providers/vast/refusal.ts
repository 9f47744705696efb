import * as v from 'valibot';
import {
  AccountError,
  AuthError,
  CloudUnavailableError,
  InputError,
  NoCapacityError,
  type UserError,
} from '../../errors.js';
import type { HttpFailure } from '../http.js';
import { redact } from '../redaction.js';
import { complaint } from './answers.js';

/** Vast.ai said no, with a status of 400 or more or with `success: false`. */
export class Refusal extends Error {
  readonly status: number;
  /** `no_such_ask`; empty where none is given. */
  readonly slug: string;
  /** Its own sentence, redacted. */
  readonly words: string;
  /** The machine that was made all the same. */
  readonly contractId: string | null;

  constructor(
    status: number,
    body: { readonly json: unknown; readonly text: string },
    secrets: readonly string[],
  ) {
    const parsed = v.safeParse(complaint, body.json);
    const said = parsed.success ? parsed.output : undefined;
    const words = said?.msg ?? said?.message ?? said?.detail ?? said?.error ?? body.text;
    const shown = redact(words, secrets).trim().slice(0, 300);
    super(`Vast.ai answered ${status}: ${shown}`);
    this.name = 'Refusal';
    this.status = status;
    this.slug = said?.error ?? '';
    this.words = shown;
    const made = said?.new_contract ?? null;
    this.contractId = made === null ? null : String(made);
  }

  static of(failure: HttpFailure, secrets: readonly string[]): Refusal {
    return new Refusal(failure.status, failure, secrets);
  }

  /** The key itself was refused. Some routes say so with 404, so the words count. */
  get isOfKey(): boolean {
    return this.status === 401 || this.slug === 'auth_error' || /invalid user key/i.test(this.words);
  }

  /** There is no such machine or key (any more). */
  get isOfMissing(): boolean {
    if (this.isOfKey) return false;
    return [404, 410].includes(this.status) || /no_such|not_found|^no_ssh_key$/.test(this.slug);
  }

  /** The offer is gone, taken, or dearer than it was. */
  get isOfOffer(): boolean {
    if (this.isOfKey) return false;
    const isAboutOffer =
      /no_such_ask|invalid_price/.test(this.slug) || /no_such_ask|\bOffer \d+/i.test(this.words);
    return this.status === 410 || isAboutOffer;
  }

  /** Money, a verified address, or a key of the account is missing. */
  get isOfAccount(): boolean {
    return (
      /missing_billing|credit|no_ssh_key|spend/i.test(this.slug) ||
      /\b(credit|billing|verify your)\b/i.test(this.words)
    );
  }

  get isOfRate(): boolean {
    return this.status === 429 || /too frequent|rate_limit/i.test(`${this.slug} ${this.words}`);
  }

  /** What the user is told, by what helps. */
  toUserError(): UserError {
    const options = { cause: this };
    if (this.isOfKey)
      return new AuthError(
        `Vast.ai refused the key: "${this.words}". Make another at https://cloud.vast.ai/manage-keys/.`,
        options,
      );
    if (this.isOfOffer)
      return new NoCapacityError(
        `This offer of Vast.ai is gone: "${this.words}". Take another one.`,
        options,
      );
    if (this.slug === 'invalid_args')
      return new InputError(`Vast.ai does not take this: "${this.words}".`, options);
    if (this.isOfAccount)
      return new AccountError(
        `Vast.ai wants something of you first: "${this.words}". See https://cloud.vast.ai/billing/.`,
        options,
      );
    if (this.status === 403)
      return new AuthError(
        `The Vast.ai key may not do this: "${this.words}". It needs the permissions misc, user_read, user_write, ` +
          'instance_read and instance_write.',
        options,
      );
    if (this.isOfRate)
      return new CloudUnavailableError(
        'Vast.ai says that it is asked too often. Try again in a minute.',
        options,
      );
    return new CloudUnavailableError(`Vast.ai refused (${this.status}): "${this.words}".`, options);
  }
}

/** Passes on what `work` gives; a refusal becomes what the user is told. */
export async function explained<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof Refusal ? error.toUserError() : error;
  }
}
