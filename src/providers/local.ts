import { hostname } from 'node:os';
import { l10n } from '../l10n.js';
import type { Instance, OwnMachines } from './provider.js';

/** The only instance there is. */
export const localInstanceId = 'this-computer';

/** This computer. There is exactly one, it is always there, and it is never ended. */
export class LocalProvider implements OwnMachines {
  readonly rents = false;
  readonly id = 'local';

  get title(): string {
    return l10n.t('This computer');
  }

  list(): Promise<readonly Instance[]> {
    return Promise.resolve([thisComputer()]);
  }

  launch(): Promise<Instance> {
    return Promise.resolve(thisComputer());
  }

  address(): Promise<{ kind: 'local' }> {
    return Promise.resolve({ kind: 'local' });
  }
}

function thisComputer(): Instance {
  return { provider: 'local', id: localInstanceId, name: hostname(), state: 'running', usdPerHour: 0 };
}
