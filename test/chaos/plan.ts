import { randomNumbers } from '../clouds/base/random.js';
import type { FaultKind } from '../clouds/base/faults.js';

/** Where a driver is killed: at the n-th line it writes into the journal, before or after that is on the disk. */
export interface Kill {
  readonly atWrite: number;
  readonly when: 'before' | 'after';
}

/** One run of chaos, decided by its seed. */
export interface ChaosPlan {
  readonly seed: number;
  /** Index into the clouds. */
  readonly cloud: number;
  /** Of a fault at every question that the cloud is asked. */
  readonly probability: number;
  readonly kinds: readonly FaultKind[];
  /** One for each driver that dies; the last driver is left alive. */
  readonly kills: readonly Kill[];
  /** Whether the last driver is followed by nobody: then the machine must end itself, or the sweep ends it. */
  readonly abandoned: boolean;
  /** US dollars: enough for some seconds of a machine, so that the limit is met; `null` is none. */
  readonly budgetUsd: number | null;
}

/** Everything but answers that never come: waiting for each takes seconds of real time, so these are rarer. */
const usual: readonly FaultKind[] = [
  '429',
  '500',
  '503',
  'slow',
  'lost-reply',
  'refuse',
  'no-capacity',
  'stale',
  'partial',
  'ignored',
  'ghost',
  'stuck-booting',
  'no-sshd',
  'no-gpu',
  'dies',
  'interrupted',
];

export function planOf(seed: number, clouds: number): ChaosPlan {
  const random = randomNumbers(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const kills = Array.from({ length: below(4) }, (): Kill => ({
    atWrite: 1 + below(12),
    when: random() < 0.5 ? 'before' : 'after',
  }));
  return {
    seed,
    cloud: seed % clouds,
    probability: [0.02, 0.05, 0.1, 0.2][below(4)] ?? 0.05,
    kinds: random() < 0.15 ? [...usual, 'timeout'] : usual,
    kills,
    abandoned: random() < 0.15,
    budgetUsd: random() < 0.15 ? 0.003 : null,
  };
}
