import type { RentRequest } from '../cloud.js';
import { userData } from './cloudInit.js';

/** Tags that every machine of ours bears. Lambda keeps `lambda-ai-` for itself. */
export const labelTag = 'trainyard-label';
export const launchedTag = 'trainyard-launched';
export const deadlineTag = 'trainyard-deadline';

export interface LaunchPlace {
  readonly type: string;
  readonly region: string;
  /** Name of a registered key. */
  readonly sshKeyName: string;
}

/**
 * The body of a launch. Machine image: the newest Lambda Stack, which has driver, CUDA and python3. The key of the
 * account is given to a machine that is to end itself, and to no other.
 */
export function launchOrder(
  request: RentRequest,
  { type, region, sshKeyName }: LaunchPlace,
  accountKey: string,
): object {
  const { label, bootLine, deadline } = request;
  return {
    region_name: region,
    instance_type_name: type,
    // Lambda takes exactly one.
    ssh_key_names: [sshKeyName],
    name: label,
    hostname: hostnameOf(label),
    tags: [
      { key: labelTag, value: label },
      { key: launchedTag, value: String(Math.floor(Date.now() / 1000)) },
      { key: deadlineTag, value: String(Math.floor(deadline)) },
    ],
    ...(bootLine === null ? {} : { user_data: userData(bootLine, accountKey) }),
  };
}

/** A host name of RFC 1123: at most 63 letters, digits and inner hyphens. */
export function hostnameOf(label: string): string {
  return label.slice(0, 63).replace(/-+$/, '');
}
