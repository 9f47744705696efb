import type { Logger } from '../logger.js';
import type { Instance } from './provider.js';

/**
 * A provider that rents machines by the hour, as far as it is known without asking it. The part that talks to it is
 * loaded by `open`, so that an editor without rented machines loads none of it.
 */
export interface CloudProvider {
  readonly rents: true;
  readonly id: string;
  readonly title: string;
  readonly facts: CloudFacts;
  /** Whether the user has given a key; without one the provider is not asked for anything. */
  hasKey(): Promise<boolean>;
  /** @throws {AuthError} there is no key */
  open(): Promise<Cloud>;
  /**
   * Every machine of the account, whoever made it, as it was at `since` (`performance.now()`) or later: the complete
   * list or an error, with one call a tick however many ask.
   */
  machines(since: number, signal: AbortSignal): Promise<readonly RentedInstance[]>;
  /** Tells the present key from others, and is none: eight hexadecimal digits. @throws {AuthError} there is no key */
  keyMark(): Promise<string>;
  /** Whether a list of the present key had a machine of that id or name, since this program began. */
  hasListed(name: string): boolean;
}

/** What people and the engine must know of a cloud before they use it. */
export interface CloudFacts {
  /** Environment variable of the key, also its name in secret storage: `RUNPOD_API_KEY`. */
  readonly keyName: string;
  /** Where the user finds or makes a key, and how, in one sentence. */
  readonly keyHint: string;
  readonly keyUrl: string;
  /** The base URL that `TRAINYARD_ENDPOINT_<ID>` replaces: up to and without the API version path. */
  readonly endpoint: string;
  /** Page of the machines, for people. */
  readonly consoleUrl: string;
  readonly sells: { readonly onDemand: boolean; readonly spot: boolean };
  /**
   * How a machine can end itself: with a key that can do nothing else (`scoped-key`), or only with the key of the whole
   * account, which leaves this computer on the user's word alone.
   */
  readonly selfEnd: 'scoped-key' | 'account-key';
  /** Whether the watchdog runs from the first second (`boot`), or only once we have logged in. */
  readonly watchdogFrom: 'boot' | 'login';
  /** What a stopped machine still costs, as a sentence; `null` where machines cannot be stopped. */
  readonly stoppedCosts: string | null;
  /** What must be said before money is spent: minimum charges, bandwidth. One sentence each. */
  readonly billingNotes: readonly string[];
  /** How long a machine may take until the provider calls it running, and then until an SSH server answers. */
  readonly bootMinutes: number;
  readonly bannerMinutes: number;
  /** Least seconds between two lists. */
  readonly listSeconds: number;
  /** Settings beside the key, by name: `{ project: 'CANOPYWAVE_PROJECT' }`. */
  readonly settings: Readonly<Record<string, CloudSetting>>;
}

export interface CloudSetting {
  /** Environment variable of the terminal; the editor's is `trainyard.<provider>.<name>`. */
  readonly env: string;
  readonly help: string;
}

/**
 * A cloud with a key. Every call may throw
 * - {@link AuthError}: the key was refused; another key helps, trying again does not
 * - {@link AccountError}: the user must act in the provider's console (payment, quota, terms)
 * - {@link CloudUnavailableError}: it does not answer or is in trouble; trying again may help. Rate limits are waited for inside.
 */
export interface Cloud {
  readonly id: string;
  readonly facts: CloudFacts;

  /** A harmless question that shows whether the key is good. @throws {AuthError} it is not */
  check(signal: AbortSignal): Promise<Account>;

  /** What it would rent now, `need` being a hint to ask for less; the caller filters. Never a reservation. */
  offers(need: OfferNeed, signal: AbortSignal): Promise<readonly Offer[]>;

  /** Every machine of the account, whoever made it: the complete list, or an error. */
  list(signal: AbortSignal): Promise<readonly RentedInstance[]>;

  /**
   * Rents a machine that bears the label, once: this does not look whether there is one. Resolves as soon as the cloud
   * has said yes. Other resources it needs are written into the ledger before they are made.
   * @throws {NoCapacityError} this offer is gone or taken; another may do. Nothing was made.
   * @throws {DoubtfulError} nobody knows whether it was made: look for the label
   * @throws {InputError} the request is one this cloud cannot fulfil
   */
  rent(request: RentRequest, ledger: ResourceLedger, signal: AbortSignal): Promise<Rented>;

  /**
   * Makes a running machine reachable from outside where that takes a step of its own (a public address, a key that is
   * attached). Safe to repeat; cheap when there is nothing to do. Absent where there is no such step.
   */
  expose?(
    instance: RentedInstance,
    request: ExposeRequest,
    ledger: ResourceLedger,
    signal: AbortSignal,
  ): Promise<void>;

  /**
   * Where an SSH server may answer now, best first; empty while the machine has no address. Asked anew at every
   * connect: ports and addresses change.
   */
  endpoints(instanceId: string, signal: AbortSignal): Promise<readonly SshCandidate[]>;

  /** Asks for the end of a machine and of what it costs. Gone already is success; safe to repeat. It may take a while. */
  terminate(instanceId: string, signal: AbortSignal): Promise<void>;

  /** Gives the GPU back and keeps the disk. Absent where the cloud has no such thing. */
  stop?(instanceId: string, signal: AbortSignal): Promise<void>;
  start?(instanceId: string, signal: AbortSignal): Promise<void>;

  /** Money left, in US dollars. */
  balance?(signal: AbortSignal): Promise<number>;

  /** Keys, addresses and the like that bear our label (or are in the ledger's rows) and are there now. */
  resources?(rows: readonly Resource[], signal: AbortSignal): Promise<readonly Resource[]>;
  /** Lets go of one. Gone already is success; safe to repeat. */
  release?(resource: Resource, signal: AbortSignal): Promise<void>;

  /**
   * How a machine can end itself, as HTTP requests that the watchdog on it makes. `instanceId` is `null` before it is
   * known. `secrets` names values of this computer that must be handed to the machine: the account key, and only when
   * `facts.selfEnd` is `account-key` and the user has allowed it.
   */
  selfEnd(target: { readonly label: string; readonly instanceId: string | null }): SelfEnd;

  /** The page of one machine, for people. */
  consoleUrl(instanceId: string): string;
}

export interface Account {
  /** Who the key belongs to, as far as the cloud tells: an address, a project. */
  readonly name: string | null;
  /** US dollars, where the cloud tells. */
  readonly balanceUsd: number | null;
  /** What a setting of {@link CloudFacts.settings} must be chosen from, because there is more than one: `{ project: […] }`. */
  readonly choices?: Readonly<Record<string, readonly string[]>>;
}

/** Something a cloud will rent now. */
export interface Offer {
  readonly provider: string;
  /** Names the offer to `rent`; opaque to everybody else, stable only for a short while. */
  readonly id: string;
  /** `RTX 4090`, `H100 SXM` */
  readonly gpu: string;
  readonly count: number;
  /** Memory of one GPU in GB as it is advertised: 24, 80. */
  readonly vramGb: number;
  /** All in all: every GPU, and the disk where the cloud includes it. */
  readonly usdPerHour: number;
  /** `US-KS-2`, `us-west-1`; `null` where the cloud does not say. */
  readonly region: string | null;
  readonly spot: boolean;
  /** `null`: the cloud does not tell; it must be tried. */
  readonly available: boolean | null;
  /** Names the physical machine where the cloud tells it, so that a bad one is not taken again. */
  readonly hostKey: string | null;
  /** US dollars a GB to and from the machine; 0 where traffic is free. */
  readonly usdPerGb: { readonly up: number; readonly down: number };
  /** The newest CUDA its driver takes, `12.8`. */
  readonly cuda: string | null;
  readonly diskGb: number | null;
  /** What should be known before it is taken, one sentence each. */
  readonly notes: readonly string[];
}

/** What a training needs; `null` does not care. */
export interface OfferNeed {
  readonly gpus: readonly string[];
  readonly vramGb: number | null;
  /** GPUs in one machine; 1 unless asked for more. */
  readonly count: number;
  readonly maxUsdPerHour: number | null;
  /** `true`: only spot; `false`: never; `null`: both. */
  readonly spot: boolean | null;
  readonly regions: readonly string[];
  readonly diskGb: number;
}

/** What is on a machine when it boots: `pytorch` has one that sees the GPU, `python` is smaller. */
export type MachineImage = 'pytorch' | 'python';

export interface RentRequest {
  /** At most 60 characters of `[a-z0-9-]`; begins with {@link labelPrefix}. */
  readonly label: string;
  readonly offer: Offer;
  /** The job's own key as a line of authorized_keys, without a comment. */
  readonly publicKey: string;
  /** Names the key where it must be registered: at most 50 characters of `[a-z0-9-]`, the same for every try of a job. */
  readonly keyName: string;
  readonly diskGb: number;
  /** What is wanted; a cloud with one image for all starts that. */
  readonly image: MachineImage;
  /** The machine must be gone by then; Unix seconds. For the cloud's own timers. */
  readonly deadline: number;
  /**
   * Starts the watchdog on the machine, in the background: one line for `sh` without single quotes, at most 3,400
   * characters. `null` where it cannot be armed at boot.
   */
  readonly bootLine: string | null;
}

export interface ExposeRequest {
  readonly publicKey: string;
  readonly keyName: string;
  readonly label: string;
}

/** What a cloud says right after it rented something. */
export interface Rented {
  readonly id: string;
  /** The real price where the answer says it; else `null`, and the offer's counts. */
  readonly usdPerHour: number | null;
}

/** A machine of the account. */
export interface RentedInstance extends Instance {
  /** What the provider itself calls its state, for people and for the log. */
  readonly stateWord: string;
  /** `RTX 4090`; `null` where the list does not say. */
  readonly gpu: string | null;
  readonly gpuCount: number | null;
  readonly region: string | null;
  /** When it was made, in Unix seconds, where the provider tells. */
  readonly created: number | null;
  /** Names the physical machine, as {@link Offer.hostKey}. */
  readonly hostKey: string | null;
  /** The provider's own words for what is wrong, when something is. */
  readonly problem: string | null;
  /** Set where the user has protected it from being ended. */
  readonly locked: boolean;
}

/** One way to reach a machine's SSH server. */
export interface SshCandidate {
  readonly host: string;
  readonly port: number;
  readonly user: string;
}

/** What else than a machine was made for a job and must be undone. */
export interface Resource {
  readonly provider: string;
  readonly kind: 'ssh-key' | 'ip' | 'volume';
  /** Our name for it, known before it is made. */
  readonly name: string;
  /** The provider's; `null` while it is only intended. */
  readonly id: string | null;
  /** What releasing it takes: `{ region, project }`. No secrets. */
  readonly details: Readonly<Record<string, string>>;
}

/** The rows of one job. What is written is on the disk when the promise resolves. */
export interface ResourceLedger {
  /** Made or intended and not released, oldest first. */
  readonly rows: readonly Resource[];
  /** Before a resource is made: so that one whose answer was lost is looked for. */
  intend(resource: Resource): Promise<void>;
  /** After: the intended row of that kind and name now has an id. */
  made(resource: Resource): Promise<void>;
}

/** How a machine ends itself. `${NAME}` in a text is filled on the machine: from its own environment, or from `secrets`. */
export interface SelfEnd {
  readonly attempts: readonly SelfEndAttempt[];
  /** Values the machine must be given: the account key. Empty where it has a key of its own. */
  readonly secrets: Readonly<Record<string, string>>;
}

export interface SelfEndAttempt {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** Looks up what `url` or `body` needs first: in the list `list` of the answer the entry `where`, its `field`. */
  readonly find: {
    readonly method: 'GET' | 'POST';
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly list: string;
    readonly where: Readonly<Record<string, string>>;
    readonly field: string;
    readonly as: string;
  } | null;
}

/** Every machine, key and address we make is called so. What is called otherwise is not ours and never touched. */
export const labelPrefix = 'trainyard-';

/** What a cloud's client is made with. */
export interface CloudOptions {
  readonly key: string;
  /** Without a slash at its end. */
  readonly endpoint: string;
  /** Values of {@link CloudFacts.settings} that the user has given. */
  readonly settings: Readonly<Record<string, string>>;
  readonly logger: Logger;
  /** Factor on every wait of our own; 1 but in tests. */
  readonly timeScale: number;
}
