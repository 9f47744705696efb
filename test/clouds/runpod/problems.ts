import { type Answer, json } from '../base/cloudServer.js';

const titles: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  402: 'Payment Required',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
  422: 'Unprocessable Entity',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

/** An error as REST v2 words it. */
export function problem(
  status: number,
  detail: string,
  more: { readonly errors?: readonly string[]; readonly headers?: Readonly<Record<string, string>> } = {},
): Answer {
  const { errors, headers } = more;
  const body = { title: titles[status] ?? 'Error', status, detail, ...(errors ? { errors } : {}) };
  return json(status, body, { 'content-type': 'application/problem+json', ...headers });
}

export const noCapacityWords =
  'There are no longer any instances available with the requested specifications. Please refresh and try again.';
