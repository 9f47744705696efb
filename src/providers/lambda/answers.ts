import * as v from 'valibot';

/** What Lambda answers, as far as it is used. Fields that are not named here are dropped, `jupyter_token` among them. */
const data = <S extends v.GenericSchema>(schema: S) => v.object({ data: schema });

const id = v.pipe(v.string(), v.minLength(1));
const named = v.object({ name: v.string() });

const instanceType = v.object({
  name: v.string(),
  /** `8x H100 (80 GB SXM5)` */
  description: v.optional(v.string(), ''),
  gpu_description: v.optional(v.string(), ''),
  /** Of the whole machine. */
  price_cents_per_hour: v.pipe(v.number(), v.minValue(0)),
  specs: v.object({ storage_gib: v.nullish(v.number()), gpus: v.number() }),
});
export type InstanceType = v.InferOutput<typeof instanceType>;

const typeOffer = v.object({
  instance_type: instanceType,
  regions_with_capacity_available: v.array(named),
});
export type TypeOffer = v.InferOutput<typeof typeOffer>;

const action = v.object({ reason_description: v.nullish(v.string()) });

const instance = v.object({
  id,
  status: v.string(),
  name: v.nullish(v.string()),
  ip: v.nullish(v.string()),
  region: v.nullish(named),
  instance_type: instanceType,
  actions: v.nullish(v.record(v.string(), v.nullish(action))),
  tags: v.nullish(v.array(v.object({ key: v.string(), value: v.nullish(v.string()) }))),
});
export type LambdaInstance = v.InferOutput<typeof instance>;

const sshKey = v.object({ id, name: v.string(), public_key: v.string() });
export type SshKey = v.InferOutput<typeof sshKey>;

export const regionsAnswer = data(v.array(named));
export const typesAnswer = data(v.record(v.string(), typeOffer));
export const instancesAnswer = data(v.array(instance));
export const instanceAnswer = data(instance);
export const sshKeysAnswer = data(v.array(sshKey));
export const sshKeyAnswer = data(sshKey);
export const launchAnswer = data(v.object({ instance_ids: v.pipe(v.array(id), v.minLength(1)) }));
/** Of what is only done. */
export const doneAnswer = v.unknown();

export const errorAnswer = v.object({
  error: v.object({
    code: v.optional(v.string(), ''),
    message: v.optional(v.string(), ''),
    suggestion: v.nullish(v.string()),
  }),
});
