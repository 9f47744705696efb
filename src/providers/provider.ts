import type { CloudProvider } from './cloud.js';

/** A place to get a machine: the user's own, or one that rents them. */
export type Provider = OwnMachines | CloudProvider;

interface Named {
  /** `local`, `ssh`, `runpod`: stable, used in files and on the command line. */
  readonly id: string;
  /** `This computer` */
  readonly title: string;
}

/** Machines that are the user's own: a job leaves them as it found them, and they cost nothing here. */
export interface OwnMachines extends Named {
  readonly rents: false;

  /** The machines that are known: the whole list, or an error; never a part of it. */
  list(signal: AbortSignal): Promise<readonly Instance[]>;

  /**
   * The machine a job names.
   * @throws {InputError} it names none
   */
  launch(request: OwnMachineRequest): Promise<Instance>;

  /** Where the machine answers now. Asked anew at every connect. */
  address(instanceId: string): Promise<Address>;
}

export type { CloudProvider };

export interface OwnMachineRequest {
  /** What the user named: for SSH the destination; `null` where there is nothing to name. */
  readonly destination: string | null;
  readonly identityFiles: readonly string[];
}

/** A machine we rented or were lent. */
export interface Instance {
  readonly provider: string;
  /** Unique within the provider. */
  readonly id: string;
  /** What a person calls it; of a rented machine the label it bears. */
  readonly name: string;
  readonly state: InstanceState;
  /** 0 for machines that are the user's own. */
  readonly usdPerHour: number;
}

/**
 * What a machine is doing, in one set of words for all providers.
 * - `starting`: asked for, not usable yet
 * - `running`: the provider says so; whether it answers is another question
 * - `stopped`: on request; storage is usually still billed
 * - `interrupted`: a spot machine that was taken back
 * - `failed`: will not run by waiting; may still be billed
 * - `terminating`: on its way out, may still be billed
 * - `gone`: the provider still lists it and says that it is over
 * - `unknown`: a word we do not know. Never taken for gone, and taken for billed.
 */
export type InstanceState =
  | 'starting'
  | 'running'
  | 'stopped'
  | 'interrupted'
  | 'failed'
  | 'terminating'
  | 'gone'
  | 'unknown';

/** How to reach a machine of the user's own, before `~/.ssh/config` has been asked about it. */
export type Address =
  | { readonly kind: 'local' }
  | {
      readonly kind: 'ssh';
      /** As `ssh` takes it: `alias`, `user@host`, `ssh://user@host:port`. */
      readonly destination: string;
      readonly identityFiles: readonly string[];
    };
