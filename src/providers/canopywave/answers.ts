import * as v from 'valibot';

/** A text that may be missing, `null` or something else altogether: none of these is a reason to refuse an answer. */
const maybeText = v.fallback(v.nullable(v.string()), null);

/**
 * `{ "data": … }` or the payload by itself: CanopyWave answers in both ways. What comes with an `error` is not an
 * answer, whatever its status.
 */
function enveloped<S extends v.GenericSchema>(payload: S) {
  return v.pipe(v.unknown(), v.transform(payloadOf), payload);
}

function payloadOf(body: unknown): unknown {
  if (typeof body !== 'object' || body === null) return body;
  if ('error' in body && typeof body.error === 'string' && body.error !== '') return undefined;
  return 'data' in body ? body.data : body;
}

export const projectsAnswer = enveloped(v.array(v.string()));

export const regionsAnswer = enveloped(v.array(v.pipe(v.string(), v.nonEmpty())));

const instanceType = v.object({
  flavor: v.string(),
  name: v.string(),
  images: v.fallback(v.array(v.string()), []),
  /** US cents an hour for the whole machine. */
  price: v.fallback(v.nullable(v.number()), null),
  /** `$2.25 / gpu / hour` */
  priceHour: maybeText,
});
export type InstanceType = v.InferOutput<typeof instanceType>;
export const instanceTypesAnswer = enveloped(v.array(instanceType));

/** One number under a name made of region and flavor: `{"KEF-3_H100-8_available_vms": 2}`. */
export const availabilityAnswer = enveloped(v.record(v.string(), v.unknown()));

/** What is to be ended must be known completely; what is for people may be missing. */
const instanceRow = v.object({
  id: v.pipe(v.string(), v.nonEmpty()),
  name: v.fallback(v.string(), ''),
  region: v.pipe(v.string(), v.nonEmpty()),
  status: v.fallback(v.string(), ''),
  /** The name of the instance type: `4x H100 (80 GB SXM5)`. */
  flavor: v.fallback(v.string(), ''),
  /** Without a zone. */
  launchedAt: maybeText,
});
export type InstanceRow = v.InferOutput<typeof instanceRow>;
export const instancesAnswer = enveloped(v.array(instanceRow));

const address = v.object({ addr: v.string(), 'OS-EXT-IPS:type': maybeText });
const addressed = {
  publicIp: maybeText,
  public_ip: maybeText,
  floating_ip: maybeText,
  accessIPv4: maybeText,
  ip: maybeText,
  addresses: v.fallback(v.record(v.string(), v.array(address)), {}),
};

export const runningAnswer = enveloped(v.array(v.object({ id: v.string(), ...addressed })));

/** Nova's own description of a server. */
export const serverAnswer = enveloped(
  v.object({
    id: v.string(),
    name: v.fallback(v.string(), ''),
    status: v.fallback(v.string(), ''),
    ...addressed,
  }),
);
export type Server = v.InferOutput<typeof serverAnswer>;

export const launchAnswer = enveloped(v.object({ id: v.pipe(v.string(), v.nonEmpty()) }));

const publicIp = v.object({
  id: v.pipe(v.string(), v.nonEmpty()),
  ip: maybeText,
  /** Name of the machine it leads to. What cannot be read here must not look like an address that is free. */
  server: v.nullish(v.string(), null),
});
export type PublicIp = v.InferOutput<typeof publicIp>;
export const ipsAnswer = enveloped(v.array(publicIp));
export const allocatedAnswer = enveloped(v.object({ id: v.pipe(v.string(), v.nonEmpty()), ip: maybeText }));

const keyRow = v.object({ keypair: v.object({ name: v.string(), public_key: v.fallback(v.string(), '') }) });
export const keysAnswer = enveloped(
  v.pipe(
    v.array(keyRow),
    v.transform((rows) => rows.map(({ keypair: { name, public_key: publicKey } }) => ({ name, publicKey }))),
  ),
);

/** US dollars under one of the names that such answers use; the shape is not documented. */
export const balanceAnswer = enveloped(
  v.union([
    v.object({ balance: v.number() }),
    v.pipe(
      v.number(),
      v.transform((balance) => ({ balance })),
    ),
  ]),
);

/** Nothing of it is kept: a new private key or a password may stand in it. */
export const ignoredAnswer = v.pipe(
  v.unknown(),
  v.transform(() => null),
);
