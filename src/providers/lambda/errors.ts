import * as v from 'valibot';
import {
  AccountError,
  AuthError,
  CloudUnavailableError,
  DoubtfulError,
  InputError,
  isAbort,
  messageOf,
  NoCapacityError,
  type UserError,
} from '../../errors.js';
import { HttpFailure, NoAnswerError } from '../http.js';
import { errorAnswer } from './answers.js';
import { facts } from './facts.js';

/** Source: schemas `ApiError…` of Lambda Cloud API 1.10.0. Its messages change; its codes are what counts. */
const codes = {
  missing: 'global/object-does-not-exist',
  quota: 'global/quota-exceeded',
  noCapacity: 'instance-operations/launch/insufficient-capacity',
} as const;

/** The machine or key is not there (any more). That a path is unknown (`global/not-found`) is something else. */
export function isMissing(error: unknown): boolean {
  return error instanceof HttpFailure && saidIn(error).code === codes.missing;
}

export function isNotFound(error: unknown): boolean {
  return error instanceof HttpFailure && error.status === 404;
}

/** Whether Lambda has surely not done what it was asked: a plain refusal in its own words. */
function isRefusal(error: unknown): error is HttpFailure {
  if (!(error instanceof HttpFailure) || [408, 409, 429].includes(error.status)) return false;
  return error.status >= 400 && error.status < 500;
}

/** What went wrong in a call, by what the user can do next. Other errors stay as they are. */
export function toCloudError(error: unknown): unknown {
  if (error instanceof NoAnswerError) return new CloudUnavailableError(`${error.message}.`, { cause: error });
  if (!(error instanceof HttpFailure)) return error;
  return (
    accountTrouble(error) ??
    new CloudUnavailableError(`Lambda answered with ${error.status}${quoted(error)}.`, { cause: error })
  );
}

/** The same for a launch, where anything but a plain refusal leaves open whether there is a machine now. */
export function toLaunchError(error: unknown, label: string): unknown {
  if (isAbort(error)) return error;
  if (!isRefusal(error))
    return new DoubtfulError(
      `Lambda was asked for the machine ${label} and did not say whether it made it (${withoutStop(messageOf(error))}). ` +
        `Look for it at ${facts.consoleUrl}.`,
      { cause: error },
    );
  const options = { cause: error };
  switch (saidIn(error).code) {
    case codes.noCapacity:
      return new NoCapacityError(
        `Lambda has no such machine free in this region now${quoted(error)}.`,
        options,
      );
    case codes.missing:
      return new NoCapacityError(
        `Lambda does not have what this offer names any more${quoted(error)}.`,
        options,
      );
    default:
      return (
        accountTrouble(error) ??
        new InputError(`Lambda refused to launch the machine (${error.status})${quoted(error)}.`, options)
      );
  }
}

/** What only another key or a visit to the dashboard helps against. */
function accountTrouble(failure: HttpFailure): UserError | undefined {
  const options = { cause: failure };
  if (failure.status === 401)
    return new AuthError(
      `Lambda refused the key${quoted(failure)}. Make another at ${facts.keyUrl} and set ${facts.keyName}.`,
      options,
    );
  if (failure.status === 403)
    return new AccountError(
      `Lambda wants you to look at your account${quoted(failure)}. See ${facts.consoleUrl}.`,
      options,
    );
  if (saidIn(failure).code === codes.quota)
    return new AccountError(
      `The quota of your Lambda account is used up${quoted(failure)}. Terminate what you do not need at ` +
        `${facts.consoleUrl}, or ask Lambda's support for more.`,
      options,
    );
  return undefined;
}

interface Said {
  readonly code: string;
  readonly words: string;
}

/** Lambda's code and words, without secrets; the text as it is where it does not answer in its own way. */
function saidIn({ text }: HttpFailure): Said {
  const parsed = v.safeParse(errorAnswer, parseJson(text));
  if (!parsed.success) return { code: '', words: text };
  const { code, message, suggestion } = parsed.output.error;
  return { code, words: [message, suggestion ?? ''].filter((part) => part !== '').join(' ') };
}

/** `: "Not enough capacity"`, ready to stand behind a sentence; nothing where nothing was said. */
function quoted(failure: HttpFailure): string {
  const words = withoutStop(saidIn(failure).words.replace(/\s+/g, ' '));
  return words === '' ? '' : `: "${words.slice(0, 300)}"`;
}

function withoutStop(text: string): string {
  return text.trim().replace(/\.$/, '');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
