import type { CloudOptions, SelfEnd, SelfEndAttempt } from '../cloud.js';
import { apiPath, terminateBody } from './api.js';
import { facts } from './facts.js';

/**
 * How a machine ends itself: only with the key of the account, since Lambda gives machines none of their own. Nor does
 * it tell them who they are; until the id is known, the machine finds itself by its name.
 */
export function selfEnd(
  { label, instanceId }: { readonly label: string; readonly instanceId: string | null },
  { endpoint, key }: Pick<CloudOptions, 'endpoint' | 'key'>,
): SelfEnd {
  const url = endpoint + apiPath;
  const headers = { authorization: `Bearer \${${facts.keyName}}` };
  const found = 'INSTANCE_ID';
  const look: SelfEndAttempt['find'] = {
    method: 'GET',
    url: `${url}/instances`,
    headers,
    list: 'data',
    where: { name: label },
    field: 'id',
    as: found,
  };
  const attempt: SelfEndAttempt = {
    method: 'POST',
    url: `${url}/instance-operations/terminate`,
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(terminateBody(instanceId ?? `\${${found}}`)),
    find: instanceId === null ? look : null,
  };
  return { attempts: [attempt], secrets: { [facts.keyName]: key } };
}
