import * as v from 'valibot';
import {
  AccountError,
  AuthError,
  CloudUnavailableError,
  DoubtfulError,
  InputError,
  messageOf,
  NoCapacityError,
  NotFoundError,
  type UserError,
} from '../../errors.js';
import { HttpFailure } from '../http.js';
import { problem } from './answers.js';
import { facts } from './facts.js';

/**
 * RunPod says "nothing free" and "your request is wrong" with the same status 400 and no code, so its words decide
 * between trying the next offer and stopping. Sources: what RunPod's servers were seen to say.
 */
const capacityPhrases = [
  /no longer any instances available/i,
  /does not have the resources to deploy/i,
  /resourcesunavailable/i,
  /insufficient capacity/i,
  /supply_constraint/i,
];

export function isAboutCapacity(words: string): boolean {
  return capacityPhrases.some((phrase) => phrase.test(words));
}

export const billingUrl = 'https://console.runpod.io/user/billing';

/** Why something about one pod was refused. */
export function podRefusal(error: unknown): unknown {
  const isUnknown =
    error instanceof HttpFailure && (error.status === 404 || /\bpod not found\b/i.test(wordsOf(error)));
  return isUnknown ? new NotFoundError('RunPod has no such pod.', { cause: error }) : refusal(error);
}

/** Why something other than a create was refused. Errors of another kind are given back as they are. */
export function refusal(error: unknown): unknown {
  if (!(error instanceof HttpFailure)) return error;
  const said = wordsOf(error);
  if (error.status === 400 && isAboutCapacity(said)) return noCapacity(said, { cause: error });
  switch (error.status) {
    case 401:
      return wrongKey(error);
    case 402:
      return noCredit(error);
    case 403:
      return new AuthError(
        `RunPod does not let this key do that: ${said}. Give it read and write access at ${facts.keyUrl}.`,
        { cause: error },
      );
    default:
      return new CloudUnavailableError(`RunPod refused with status ${error.status}: ${said}.`, {
        cause: error,
      });
  }
}

/** Why no pod came of a create, or why nobody knows whether one did. */
export function createRefusal(error: unknown, label: string): unknown {
  if (error instanceof HttpFailure) return refusedCreate(error, label);
  return isUncertain(error) ? doubt(messageOf(error), label, error) : error;
}

/** Sources of the meanings: RunPod REST v2, createPod, "Which failures are worth retrying". */
function refusedCreate(failure: HttpFailure, label: string): UserError {
  const said = wordsOf(failure);
  const options = { cause: failure };
  switch (failure.status) {
    case 400:
      if (isAboutCapacity(said)) return noCapacity(said, options);
      return new InputError(
        `RunPod refuses this pod: ${said}. Choose another offer or other settings.`,
        options,
      );
    case 401:
      return wrongKey(failure);
    case 402:
      return noCredit(failure);
    case 403:
      return new NoCapacityError(
        `RunPod does not give this offer to your account: ${said}. ` +
          `If it says so of every offer, the key may not rent: ${facts.keyUrl}.`,
        options,
      );
    case 404:
    case 413:
    case 422:
      return new InputError(`RunPod does not accept the order of this pod: ${said}.`, options);
    case 429:
      return new CloudUnavailableError(
        'RunPod says that it is asked too often. Nothing was rented.',
        options,
      );
    default:
      return doubt(`status ${failure.status}: ${said}`, label, failure);
  }
}

export function noCapacity(said: string, options: { cause?: unknown } = {}): NoCapacityError {
  return new NoCapacityError(`RunPod has no such machine free now: ${said}.`, options);
}

export function noCredit(cause: unknown): AccountError {
  return new AccountError(
    `Your RunPod account has not enough credit for this. Add some at ${billingUrl}, then start again.`,
    { cause },
  );
}

export function doubt(what: string, label: string, cause?: unknown): DoubtfulError {
  return new DoubtfulError(
    `RunPod did not say clearly whether it rented ${label} (${withoutStop(what)}). ` +
      `Look for it at ${facts.consoleUrl}.`,
    { cause },
  );
}

function wrongKey(cause: HttpFailure): AuthError {
  return new AuthError(
    `RunPod refused the key. Set ${facts.keyName} to one that is valid; you find or make it at ${facts.keyUrl}.`,
    { cause },
  );
}

/** Everything but a refusal leaves open what happened: no answer, or one that cannot be read. */
function isUncertain(error: unknown): boolean {
  return error instanceof Error && (error.name === 'NoAnswerError' || error instanceof CloudUnavailableError);
}

/** What RunPod says is wrong, without secrets; the beginning of its answer where that is not in its usual form. */
function wordsOf(failure: HttpFailure): string {
  const told = v.safeParse(v.pipe(v.string(), v.parseJson(), problem), failure.text);
  if (!told.success) return withoutStop(firstLine(failure.text)) || 'it does not say why';
  const { title = 'it does not say why', detail = title, errors } = told.output;
  return withoutStop(errors.length === 0 ? detail : `${withoutStop(detail)}: ${errors.join('; ')}`);
}

function firstLine(text: string): string {
  return (text.split('\n')[0] ?? '').slice(0, 200);
}

function withoutStop(text: string): string {
  return text.trim().replace(/\.$/, '');
}
