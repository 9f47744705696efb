import type { InstanceState } from '../provider.js';

/**
 * Words of the list (lower case) and of the detail (Nova's, upper case).
 * Source: OpenStack Compute API guide, "Server concepts"; `terminated` and what ends in -ing are seen in clients.
 */
const states: Readonly<Record<string, InstanceState>> = {
  active: 'running',
  running: 'running',
  password: 'running',
  migrating: 'running',
  verify_resize: 'running',

  build: 'starting',
  building: 'starting',
  rebuild: 'starting',
  reboot: 'starting',
  hard_reboot: 'starting',
  resize: 'starting',
  revert_resize: 'starting',

  // The GPU stays taken, and there is no call that starts a machine again.
  shutoff: 'stopped',
  stopped: 'stopped',
  paused: 'stopped',
  suspended: 'stopped',
  shelved: 'stopped',
  shelved_offloaded: 'stopped',

  error: 'failed',
  rescue: 'failed',

  deleting: 'terminating',
  terminating: 'terminating',

  deleted: 'gone',
  soft_deleted: 'gone',
  terminated: 'gone',
};

/** What a machine is doing. A word we do not know is `unknown`: never gone. */
export function stateOf(word: string): InstanceState {
  const known = word
    .trim()
    .toLowerCase()
    .replaceAll(/[\s-]+/g, '_');
  return Object.hasOwn(states, known) ? (states[known] ?? 'unknown') : 'unknown';
}
