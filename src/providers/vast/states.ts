import type { RentedInstance } from '../cloud.js';
import { plainGpuName } from '../gpuNames.js';
import type { InstanceState } from '../provider.js';
import type { Contract } from './answers.js';

export type StateWords = Pick<
  Contract,
  'actual_status' | 'intended_status' | 'cur_state' | 'next_state' | 'is_bid' | 'status_msg'
>;

/** One machine in our words. */
export function toInstance(contract: Contract): RentedInstance {
  const state = toState(contract);
  const words = contract.status_msg?.trim() ?? '';
  return {
    provider: 'vast',
    id: String(contract.id),
    name: contract.label ?? '',
    state,
    usdPerHour: contract.dph_total ?? 0,
    stateWord: contract.actual_status ?? contract.cur_state ?? 'being placed',
    gpu:
      contract.gpu_name === null || contract.gpu_name === undefined ? null : plainGpuName(contract.gpu_name),
    gpuCount: contract.num_gpus ?? null,
    region: contract.geolocation?.trim() ?? null,
    created: contract.start_date ?? null,
    hostKey: toHostKey(contract.machine_id),
    problem: isTrouble(state) && words !== '' ? words.slice(0, 300) : null,
    locked: false,
  };
}

/** Names the physical machine; its offers come and go under other numbers. */
export function toHostKey(machineId: number | null | undefined): string | null {
  return machineId === null || machineId === undefined ? null : String(machineId);
}

/**
 * `actual_status` is what the host reports and null while the machine is placed; the others are what was asked for and
 * what the scheduler is at. A bid machine whose three all say `stopped` was outbid: nobody is told in another way.
 */
export function toState(words: StateWords): InstanceState {
  const asked = words.intended_status;
  if ([asked, words.cur_state, words.next_state].every((word) => word === 'stopped'))
    return words.is_bid === true ? 'interrupted' : 'stopped';
  switch (words.actual_status) {
    case null:
    case undefined:
    case '':
    case 'scheduling':
    case 'connecting':
    case 'rebooting':
      return 'starting';
    case 'created':
    case 'loading':
      return words.status_msg?.includes('OCI runtime create failed') === true ? 'failed' : 'starting';
    case 'running':
      return 'running';
    case 'stopped':
      return asked === 'running' || words.is_bid === true ? 'interrupted' : 'stopped';
    // None of these runs again by waiting.
    case 'exited':
    case 'offline':
    case 'frozen':
      return 'failed';
    // Also Vast.ai's own `unknown`: the host is silent, and the machine may be at work all the same.
    default:
      return 'unknown';
  }
}

function isTrouble(state: InstanceState): boolean {
  return state === 'failed' || state === 'unknown' || state === 'interrupted';
}
