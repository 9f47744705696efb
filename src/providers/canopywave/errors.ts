import {
  AccountError,
  AuthError,
  CloudUnavailableError,
  DoubtfulError,
  InputError,
  NoCapacityError,
  isAbort,
  messageOf,
} from '../../errors.js';
import { HttpFailure, NoAnswerError } from '../http.js';
import { facts } from './facts.js';

/** Whether CanopyWave has surely not done what it was asked. */
export function isRefusal(error: unknown): error is HttpFailure {
  return (
    error instanceof HttpFailure &&
    error.status >= 400 &&
    error.status < 500 &&
    ![408, 429].includes(error.status)
  );
}

export function isNotFound(error: unknown): boolean {
  return error instanceof HttpFailure && error.status === 404;
}

/** What went wrong in a call, by what the user can do next. What is such an error already stays as it is. */
export function toCloudError(error: unknown): unknown {
  if (error instanceof NoAnswerError) return new CloudUnavailableError(`${error.message}.`, { cause: error });
  if (!(error instanceof HttpFailure)) return error;
  if (isRefusal(error)) {
    if (error.status === 401) return keyRefused(error);
    if (isAboutPayment(error)) return paymentNeeded(error);
    if (isAboutQuota(error)) return quotaReached(error);
    if (error.status === 403) return keyRefused(error);
  }
  return new CloudUnavailableError(`CanopyWave answered with ${error.status}${quoted(error)}.`, {
    cause: error,
  });
}

/** The same for the call that makes a machine, where anything but a plain refusal leaves doubt. */
export function toLaunchError(error: unknown, label: string): unknown {
  if (isAbort(error)) return error;
  if (!isRefusal(error))
    return new DoubtfulError(
      `CanopyWave was asked for the machine ${label} and did not say whether it made it (${messageOf(error)}).`,
      { cause: error },
    );
  if (error.status === 401) return keyRefused(error);
  if (isAboutPayment(error)) return paymentNeeded(error);
  if (isAboutQuota(error)) return quotaReached(error);
  if (error.status === 404 || isAboutCapacity(error))
    return new NoCapacityError(`CanopyWave does not have this machine now${quoted(error)}.`, {
      cause: error,
    });
  if (error.status === 409 || says(error, /already (exists|in use|taken)|duplicate/i))
    return new DoubtfulError(`CanopyWave says that there is a machine ${label} already${quoted(error)}.`, {
      cause: error,
    });
  if (error.status === 403 || says(error, /network not found/i))
    return new AccountError(
      `CanopyWave does not let this project launch a machine${quoted(error)}. Look at the project in ${facts.consoleUrl}.`,
      { cause: error },
    );
  return new InputError(`CanopyWave refused to launch the machine (${error.status})${quoted(error)}.`, {
    cause: error,
  });
}

function keyRefused(error: HttpFailure): AuthError {
  return new AuthError(
    `CanopyWave refused the key${quoted(error)}. Make a new one in ${facts.keyUrl} under API Keys, ` +
      `and set ${facts.keyName}.`,
    { cause: error },
  );
}

function paymentNeeded(error: HttpFailure): AccountError {
  return new AccountError(
    `CanopyWave wants a payment first${quoted(error)}. It may charge the first 24 hours of a GPU machine in advance; ` +
      `look at Billing in ${facts.consoleUrl}.`,
    { cause: error },
  );
}

function quotaReached(error: HttpFailure): AccountError {
  return new AccountError(
    `The limit of your CanopyWave project is reached${quoted(error)}. Free something in ${facts.consoleUrl}, or ask for more.`,
    { cause: error },
  );
}

// CanopyWave has no error codes: beside the status there are only its words.

function isAboutPayment(error: HttpFailure): boolean {
  return (
    error.status === 402 || says(error, /payment|billing|balance|up-?front|insufficient (funds|credit)/i)
  );
}

function isAboutQuota(error: HttpFailure): boolean {
  return error.status === 413 || says(error, /quota|limit (is )?(reached|exceeded)|exceeds? .*limit/i);
}

function isAboutCapacity(error: HttpFailure): boolean {
  return says(error, /no valid host|capacity|out of stock|sold out|not available|unavailable|no available/i);
}

function says(error: HttpFailure, what: RegExp): boolean {
  return what.test(wordsOf(error));
}

/** `: "No valid host was found"`, ready to stand behind a sentence; nothing when nothing was said. */
function quoted(error: HttpFailure): string {
  const words = wordsOf(error)
    .replace(/\s+/g, ' ')
    .replace(/[.!\s]+$/, '');
  return words === '' ? '' : `: "${words.slice(0, 200)}"`;
}

/** What the answer says in words, without secrets: `error`, `message`, `detail`, `msg`, or the text as it is. */
function wordsOf(error: HttpFailure): string {
  return wordsIn(parsed(error.text)) ?? error.text.trim();
}

function wordsIn(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const fields = new Map(Object.entries(body));
  for (const name of ['error', 'message', 'detail', 'msg']) {
    const value: unknown = fields.get(name);
    const words = typeof value === 'string' ? value : wordsIn(value);
    if (words !== undefined && words !== '') return words;
  }
  return undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
