import { type Answer, json } from '../base/cloudServer.js';

/** Lambda's envelope of errors. Sources: schemas `ApiError…` of Lambda Cloud API 1.10.0. */
export function refusal(status: number, code: string, message: string, suggestion?: string): Answer {
  return json(status, { error: { code, message, ...(suggestion === undefined ? {} : { suggestion }) } });
}

export const invalid = (message: string): Answer => refusal(400, 'global/invalid-parameters', message);

export const missing = (message: string, suggestion?: string): Answer =>
  refusal(404, 'global/object-does-not-exist', message, suggestion);

export const notFound = (): Answer =>
  refusal(404, 'global/not-found', 'The requested resource was not found.');

export const noInstance = (): Answer => missing('Specified instance does not exist.');

export const noCapacity = (): Answer =>
  refusal(
    400,
    'instance-operations/launch/insufficient-capacity',
    'Not enough capacity to fulfill launch request.',
    'Choose a region with more capacity.',
  );

export const wrongKey = (isGiven: boolean): Answer =>
  refusal(
    401,
    'global/invalid-api-key',
    isGiven ? 'API key was invalid, expired, or deleted.' : 'API key was missing from the request.',
    'Check your API key or create a new one, then try again.',
  );

export const inactive = (): Answer =>
  refusal(
    403,
    'global/account-inactive',
    'Your account is inactive.',
    'Make sure you have verified your email address and have a valid payment method. Contact Support if problems continue.',
  );

export const overQuota = (): Answer =>
  refusal(400, 'global/quota-exceeded', 'Quota exceeded.', 'Contact Support to increase your quota.');
