import type { RentedMachine } from '../base/simulatedCloud.js';
import { type InstanceType, regions } from './catalogue.js';
import type { LaunchBody } from './launchBody.js';

export interface LambdaMachine extends RentedMachine {
  readonly type: InstanceType;
  readonly order: LaunchBody;
  state: 'booting' | 'active' | 'unhealthy' | 'preempted' | 'terminating';
  /** Shown in place of the state. */
  shownState: string | undefined;
  /** A machine has none at first. */
  ip: string | undefined;
  readonly jupyterToken: string;
}

/** An instance as Lambda shows it; what is not there yet is left out. */
export function instanceView(instance: LambdaMachine): object {
  const { id, ip, order, state, shownState, type, jupyterToken } = instance;
  const isReachable = ip !== undefined && state === 'active';
  return {
    id,
    ...(order.name === undefined ? {} : { name: order.name }),
    ...(ip === undefined ? {} : { ip, private_ip: '10.0.2.100' }),
    status: shownState ?? state,
    ssh_key_names: order.ssh_key_names,
    file_system_names: order.file_system_names,
    region: { name: order.region_name, description: regions[order.region_name] ?? '' },
    instance_type: type,
    ...(order.hostname === undefined ? {} : { hostname: order.hostname }),
    ...(isReachable
      ? {
          jupyter_token: jupyterToken,
          jupyter_url: `https://jupyter-${id}.lambda.example/?token=${jupyterToken}`,
        }
      : {}),
    is_reserved: false,
    actions: actionsIn(state),
    tags: order.tags,
  };
}

function actionsIn(state: LambdaMachine['state']): object {
  const blocked = blocks[state];
  const whole = blocked === undefined ? { available: true } : { available: false, ...blocked };
  const terminate = state === 'terminating' ? whole : { available: true };
  return { migrate: whole, rebuild: whole, restart: whole, cold_reboot: whole, terminate };
}

const blocks: Readonly<Record<LambdaMachine['state'], object | undefined>> = {
  booting: { reason_code: 'vm-has-not-launched', reason_description: 'The instance has not launched yet.' },
  active: undefined,
  unhealthy: undefined,
  preempted: { reason_code: 'vm-is-terminating', reason_description: 'The instance was preempted.' },
  terminating: { reason_code: 'vm-is-terminating', reason_description: 'The instance is terminating.' },
};
