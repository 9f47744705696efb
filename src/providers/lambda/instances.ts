import { labelPrefix, type RentedInstance, type SshCandidate } from '../cloud.js';
import type { LambdaInstance } from './answers.js';
import { gpuOf } from './offers.js';
import { stateOf } from './states.js';
import { labelTag, launchedTag } from './launchOrder.js';

/** Who logs in on Lambda's images; may do everything by sudo. */
const loginUser = 'ubuntu';

export function toInstance(instance: LambdaInstance): RentedInstance {
  const { instance_type: type } = instance;
  return {
    provider: 'lambda',
    id: instance.id,
    name: labelOf(instance),
    state: stateOf(instance.status),
    usdPerHour: type.price_cents_per_hour / 100,
    stateWord: instance.status,
    gpu: gpuOf(type)?.name ?? null,
    gpuCount: type.specs.gpus,
    region: instance.region?.name ?? null,
    created: launchedAt(instance),
    hostKey: null,
    problem: problemOf(instance),
    locked: false,
  };
}

/** Where its SSH server may answer: always port 22, at an address that a machine gets on its way up. */
export function endpointsOf({ ip, status }: LambdaInstance): SshCandidate[] {
  const isOver = stateOf(status) === 'gone';
  return isOver || ip === undefined || ip === null || ip === ''
    ? []
    : [{ host: ip, port: 22, user: loginUser }];
}

/** The label is in a tag and in the name, because people change names, and tags may be missing from a list. */
function labelOf(instance: LambdaInstance): string {
  const label = tagOf(instance, labelTag);
  if (label?.startsWith(labelPrefix) === true) return label;
  return instance.name ?? instance.id;
}

/** Lambda does not tell when a machine was made; a tag of ours does. */
function launchedAt(instance: LambdaInstance): number | null {
  const launched = Number(tagOf(instance, launchedTag) ?? '');
  return Number.isSafeInteger(launched) && launched > 0 ? launched : null;
}

function tagOf({ tags }: LambdaInstance, key: string): string | undefined {
  return tags?.find((tag) => tag.key === key)?.value ?? undefined;
}

function problemOf({ status, actions }: LambdaInstance): string | null {
  if (status !== 'unhealthy' && status !== 'preempted') return null;
  const reasons = Object.values(actions ?? {}).map((action) => action?.reason_description ?? '');
  const said = reasons.find((reason) => reason !== '');
  return said === undefined
    ? `Lambda calls the machine ${status}`
    : `Lambda calls the machine ${status}: ${said}`;
}
