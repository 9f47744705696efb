/** A place to get a machine. What a provider cannot do it does not implement, and the menu entry is not there. */
export interface Provider {
  /** `local`, `ssh`: stable, used in files and on the command line. */
  readonly id: string;
  /** `This computer` */
  readonly title: string;

  /** Our machines there now: the whole list, or an error; never a part of it. */
  list(signal: AbortSignal): Promise<readonly Instance[]>;

  /**
   * Gets a machine that bears `label`. Returns as soon as the provider has said yes; it may not answer yet.
   * @throws {NoCapacityError | AuthError | InputError}
   */
  launch(request: LaunchRequest, signal: AbortSignal): Promise<Instance>;

  /** Where the machine answers now. Asked anew at every connect: addresses change. */
  address(instanceId: string, signal: AbortSignal): Promise<Address>;

  /** Ends the machine and its cost. Gone already is success; safe to repeat. */
  terminate(instanceId: string, signal: AbortSignal): Promise<void>;
}

export interface LaunchRequest {
  readonly label: string;
  /** What the user named: for SSH the destination; `null` where there is nothing to name. */
  readonly destination: string | null;
  readonly identityFiles: readonly string[];
}

/** A machine we rented or were lent. */
export interface Instance {
  readonly provider: string;
  /** Unique within the provider. */
  readonly id: string;
  /** What a person calls it. */
  readonly name: string;
  readonly state: InstanceState;
  /** 0 for machines that are the user's own. */
  readonly usdPerHour: number;
}

export type InstanceState = 'starting' | 'running' | 'stopped' | 'terminating' | 'unknown';

/** How to reach a machine, before `~/.ssh/config` has been asked about it. */
export type Address =
  | { readonly kind: 'local' }
  | {
      readonly kind: 'ssh';
      /** As `ssh` takes it: `alias`, `user@host`, `ssh://user@host:port`. */
      readonly destination: string;
      readonly identityFiles: readonly string[];
    };
