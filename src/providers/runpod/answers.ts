import * as v from 'valibot';

/**
 * What of RunPod's answers is used; the rest (registry credentials, environments, other people's ports) is dropped
 * here. Only what a machine is found and paid by must be there: newer servers add fields and words.
 */

const number = v.fallback(v.nullish(v.number(), null), null);
const text = v.fallback(v.nullish(v.string(), null), null);

const tiers = <T extends v.GenericSchema>(entry: T) => v.object({ secure: entry, community: entry });

const level = v.object({ id: v.string(), availability: text });

const gpuType = v.object({
  /** `NVIDIA GeForce RTX 4090`: what a create names. */
  id: v.string(),
  /** `RTX 4090` */
  name: v.string(),
  manufacturer: text,
  /** GB of one. */
  memory: v.number(),
  secure: v.boolean(),
  community: v.boolean(),
  /** US dollars an hour, of one. Also there for a tier that does not have it. */
  price: tiers(v.number()),
  /** The most in one pod; not what is free. */
  maxCount: tiers(v.number()),
  /** `NONE`, `LOW`, `MEDIUM`, `HIGH` */
  availability: text,
  /** Absent where nothing fits. */
  dataCenters: v.fallback(v.nullish(v.array(level), []), []),
});
export type GpuType = v.InferOutput<typeof gpuType>;

/** One odd entry does not hide the others. */
export const gpuTypesAnswer = v.object({ gpus: v.array(v.fallback(v.nullable(gpuType), null)) });

const sshEndpoint = v.object({
  host: v.string(),
  port: v.number(),
  username: v.optional(v.string(), 'root'),
});

const port = v.object({ private: v.number(), public: number, type: text, ip: text });

const pod = v.object({
  id: v.pipe(v.string(), v.minLength(1)),
  name: v.nullish(v.string(), ''),
  status: v.nullish(v.string(), ''),
  /** US dollars an hour now; 0 when it is stopped. */
  cost: number,
  gpu: v.fallback(v.nullish(v.object({ id: text, count: number }), null), null),
  cpu: v.fallback(v.nullish(v.object({ id: text }), null), null),
  dataCenterId: text,
  locked: v.fallback(v.nullish(v.boolean(), false), false),
  createdAt: text,
  mounts: v.fallback(
    v.nullish(v.object({ persistent: v.nullish(v.object({ size: v.number() }), null) }), null),
    null,
  ),
  /** Of all that is in there only a mark of our own. */
  env: v.fallback(v.nullish(v.object({ TRAINYARD_SPOT: text }), null), null),
  ssh: v.fallback(
    v.nullish(v.object({ direct: v.fallback(v.nullish(sshEndpoint, null), null) }), null),
    null,
  ),
  runtime: v.fallback(
    v.nullish(v.object({ ports: v.fallback(v.nullish(v.array(port), []), []) }), null),
    null,
  ),
});
export type Pod = v.InferOutput<typeof pod>;

export const podAnswer = pod;

export const podsAnswer = v.object({
  pods: v.array(pod),
  pagination: v.nullish(
    v.object({ hasNextPage: v.nullish(v.boolean(), false), nextCursor: v.nullish(v.string(), null) }),
    null,
  ),
});

/** Nothing of it is used. */
export const anyAnswer = v.unknown();

/** Errors of REST v2 (RFC 9457). */
export const problem = v.object({
  title: v.optional(v.string()),
  detail: v.optional(v.string()),
  errors: v.optional(v.array(v.string()), []),
});

/** GraphQL answers 200 even when it fails, and says so inside. */
export const graphQlAnswer = v.object({
  data: v.nullish(v.unknown(), null),
  errors: v.nullish(
    v.array(
      v.object({
        message: v.optional(v.string(), ''),
        extensions: v.nullish(v.object({ code: text }), null),
      }),
    ),
    [],
  ),
});

export const balanceData = v.object({ myself: v.object({ id: text, clientBalance: v.number() }) });

const lowestPrice = v.fallback(
  v.nullish(v.object({ minimumBidPrice: number, stockStatus: text }), null),
  null,
);

export const spotPricesData = v.object({
  gpuTypes: v.array(
    v.object({
      id: v.string(),
      displayName: v.string(),
      memoryInGb: v.number(),
      secure: lowestPrice,
      community: lowestPrice,
    }),
  ),
});
export type SpotPrice = v.InferOutput<typeof spotPricesData>['gpuTypes'][number];

export const spotPodData = v.object({
  podRentInterruptable: v.nullable(v.object({ id: v.pipe(v.string(), v.minLength(1)), costPerHr: number })),
});
