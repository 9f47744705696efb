import { plainGpuName } from '../gpuNames.js';
import type { RentedInstance, SshCandidate } from '../cloud.js';
import type { Pod } from './answers.js';
import { stateOf } from './states.js';

/** RunPod, Billing: a volume of a pod that is stopped. */
const stoppedUsdPerGbMonth = 0.2;
const hoursPerMonth = 730;

export function toInstance(pod: Pod): RentedInstance {
  const state = stateOf(pod.status, pod.env?.TRAINYARD_SPOT === '1');
  const isStopped = state === 'stopped' || state === 'interrupted';
  const created = Date.parse(pod.createdAt ?? '');
  return {
    provider: 'runpod',
    id: pod.id,
    name: pod.name,
    state,
    stateWord: pod.status,
    usdPerHour: isStopped ? volumeUsdPerHour(pod) : (pod.cost ?? 0),
    gpu: pod.gpu?.id == null ? null : plainGpuName(pod.gpu.id),
    gpuCount: pod.gpu?.count ?? (pod.cpu === null ? null : 0),
    region: pod.dataCenterId,
    created: Number.isNaN(created) ? null : Math.floor(created / 1000),
    hostKey: null,
    problem: state === 'failed' ? 'its container is in an error state that it does not recover from' : null,
    locked: pod.locked,
  };
}

/** The whole price of a stopped pod; RunPod's own `cost` says 0 then. */
function volumeUsdPerHour({ mounts }: Pod): number {
  return ((mounts?.persistent?.size ?? 0) * stoppedUsdPerGbMonth) / hoursPerMonth;
}

/**
 * Where port 22 of a pod's container is on its host. RunPod's SSH proxy is left out: it carries a terminal and nothing
 * else.
 */
export function sshCandidates({ ssh, runtime }: Pod): readonly SshCandidate[] {
  const direct = ssh?.direct;
  const first = direct ? [{ host: direct.host, port: direct.port, user: direct.username }] : [];
  const mapped = (runtime?.ports ?? []).flatMap(({ private: inside, public: outside, type, ip }) =>
    inside === 22 && type === 'tcp' && outside && ip ? [{ host: ip, port: outside, user: 'root' }] : [],
  );
  const others = mapped.filter(({ host, port }) => host !== direct?.host || port !== direct.port);
  return [...first, ...others];
}
