import type { InstanceState } from '../provider.js';

/** Source: schema `InstanceStatus` of Lambda Cloud API 1.10.0. */
const states: Readonly<Record<string, InstanceState>> = {
  booting: 'starting',
  active: 'running',
  // Also what becomes of a machine that is shut down from inside. It is billed on.
  unhealthy: 'failed',
  preempted: 'interrupted',
  terminating: 'terminating',
  terminated: 'gone',
};

/** What Lambda's word for a state means. */
export function stateOf(word: string): InstanceState {
  return Object.hasOwn(states, word) ? (states[word] ?? 'unknown') : 'unknown';
}
