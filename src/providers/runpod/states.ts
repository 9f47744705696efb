import type { InstanceState } from '../provider.js';

/**
 * What a pod's `status` means. `EXITED` is a pod whose container has ended: on request, or, of a spot pod, because
 * somebody has bid more. Sources: RunPod REST v2, PodStatus.
 */
export function stateOf(status: string, isSpot: boolean): InstanceState {
  switch (status.toUpperCase()) {
    case 'PROVISIONING':
    case 'STARTING':
      return 'starting';
    case 'RUNNING':
      return 'running';
    case 'EXITED':
      return isSpot ? 'interrupted' : 'stopped';
    case 'ERROR':
      return 'failed';
    case 'TERMINATED':
      return 'gone';
    default:
      return 'unknown';
  }
}
