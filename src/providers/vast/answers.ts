import * as v from 'valibot';

/**
 * What Vast.ai answers, as far as we need it. Fields that are not named here are dropped at the door, and with them
 * what must not get further: `instance_api_key`, `jupyter_token`, `onstart`, `extra_env`.
 */

const finite = v.pipe(v.number(), v.finite());
const price = v.pipe(finite, v.minValue(0));
const id = v.pipe(v.number(), v.integer());

/** What only describes a thing counts as absent when it is of another kind than expected. */
const text = v.fallback(v.nullish(v.string()), null);
const amount = v.fallback(v.nullish(finite), null);
const number = v.fallback(
  v.nullish(v.pipe(v.union([v.number(), v.string()]), v.transform(Number), v.integer())),
  null,
);

/** Any answer may say that it is none, also with status 200. */
export const refused = v.object({ success: v.literal(false) });

/** A yes says nothing more. */
export const yes = v.nullable(v.object({}));

/** Words for what went wrong; they stand under one of several names, depending on the route. */
export const complaint = v.object({
  error: text,
  msg: text,
  message: text,
  detail: text,
  /** A machine that a refused create has made all the same. */
  new_contract: number,
});

/** The offers are read one by one with {@link askedOffer}: one that cannot be read is no reason to show none. */
export const offersAnswer = v.object({ offers: v.array(v.unknown()) });

/** A machine that somebody offers. All that its price is made of must be there. */
export const askedOffer = v.object({
  id,
  machine_id: number,
  gpu_name: v.string(),
  num_gpus: v.pipe(v.number(), v.integer(), v.minValue(1)),
  /** MiB */
  gpu_ram: v.pipe(finite, v.gtValue(0)),
  /** Missing where Vast.ai does not know what the machine is. */
  cpu_cores: v.pipe(v.number(), v.gtValue(0)),
  cuda_max_good: amount,
  /** GB */
  disk_space: amount,
  /** Dollars an hour, with the disk that was searched for. */
  dph_total: v.pipe(finite, v.gtValue(0)),
  min_bid: amount,
  /** Dollars a GB and month. */
  storage_cost: price,
  /** Dollars a GB. */
  inet_down_cost: price,
  inet_up_cost: price,
  geolocation: text,
  /** For how many seconds it is still offered. */
  duration: amount,
});
export type AskedOffer = v.InferOutput<typeof askedOffer>;

export const acceptedAnswer = v.object({ new_contract: v.nullish(id) });

const portBinding = v.object({ HostPort: number });

/** A rented machine. Nearly everything may be missing just after it was made. */
export const contract = v.object({
  id,
  machine_id: number,
  label: text,
  actual_status: v.nullish(v.string()),
  intended_status: v.nullish(v.string()),
  cur_state: v.nullish(v.string()),
  next_state: v.nullish(v.string()),
  status_msg: text,
  image_runtype: text,
  ssh_host: text,
  ssh_port: number,
  public_ipaddr: text,
  /** By `22/tcp`; only while the machine runs. */
  ports: v.fallback(v.nullish(v.record(v.string(), v.nullable(v.array(portBinding)))), null),
  is_bid: v.nullish(v.boolean()),
  min_bid: amount,
  dph_base: amount,
  dph_total: amount,
  /** Unix seconds. */
  start_date: amount,
  gpu_name: text,
  num_gpus: number,
  geolocation: text,
});
export type Contract = v.InferOutput<typeof contract>;

/** One object under a plural name; null when it is unknown, and for some seconds after a create. */
export const contractAnswer = v.object({ instances: v.nullable(contract) });

export const contractPage = v.object({
  instances: v.array(contract),
  total_instances: number,
  next_token: v.nullish(v.string()),
});
export type ContractPage = v.InferOutput<typeof contractPage>;

/** The list as older versions give it, in one piece. */
export const wholeList = v.object({
  instances: v.array(contract),
  instances_found: number,
});

/** A key of the account, or of one machine. */
export interface VastKey {
  readonly id: string;
  /** A line of authorized_keys. */
  readonly line: string;
}

const sshKeys = v.pipe(
  v.array(
    v.object({
      id,
      /** Called so in lists, and `public_key` in other answers. */
      key: text,
      public_key: text,
      deleted_at: text,
    }),
  ),
  v.transform((keys): readonly VastKey[] =>
    keys
      .filter((key) => typeof key.deleted_at !== 'string')
      .map((key) => ({ id: String(key.id), line: (key.public_key ?? key.key ?? '').trim() })),
  ),
);

export const accountKeys = sshKeys;

export const addedKey = v.object({ key: v.nullish(v.object({ id })) });

/** The keys of a machine come as JSON within a string. */
export const machineKeys = v.object({
  ssh_keys: v.union([
    v.pipe(v.string(), v.parseJson(), sshKeys),
    sshKeys,
    v.pipe(
      v.nullish(v.literal('')),
      v.transform((): readonly VastKey[] => []),
    ),
  ]),
});

export const currentUser = v.object({
  email: text,
  /** What can be spent; `balance` is what the published description knows. */
  credit: amount,
  balance: amount,
});
