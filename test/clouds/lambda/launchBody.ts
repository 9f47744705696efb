import * as v from 'valibot';

const tag = v.strictObject({
  key: v.pipe(
    v.string(),
    v.maxLength(55),
    v.regex(/^[a-z][a-z0-9-:]+$/),
    v.check((key) => !key.startsWith('lambda-ai-'), 'lambda-ai- is reserved'),
  ),
  value: v.pipe(v.string(), v.maxLength(128)),
});

/** What a launch may say, and nothing else. */
const launchBody = v.strictObject({
  region_name: v.string(),
  instance_type_name: v.string(),
  ssh_key_names: v.pipe(v.array(v.string()), v.length(1, 'Exactly one SSH key must be specified.')),
  name: v.optional(v.pipe(v.string(), v.maxLength(64))),
  hostname: v.optional(v.pipe(v.string(), v.regex(/^[a-z0-9][0-9a-z-]{0,62}$/))),
  image: v.optional(v.union([v.strictObject({ id: v.string() }), v.strictObject({ family: v.string() })])),
  user_data: v.optional(v.pipe(v.string(), v.maxBytes(1_000_000))),
  tags: v.optional(v.array(tag), []),
  file_system_names: v.optional(v.array(v.string()), []),
});
export type LaunchBody = v.InferOutput<typeof launchBody>;

const named = v.strictObject({ instance_ids: v.pipe(v.array(v.string()), v.minLength(1)) });

/** @returns the order, or what is wrong with it */
export function readLaunch(body: unknown): LaunchBody | string {
  return read(launchBody, body);
}

/** The ids a terminate or restart names, or what is wrong with the request. */
export function readInstanceIds(body: unknown): readonly string[] | string {
  const asked = read(named, body);
  return typeof asked === 'string' ? asked : asked.instance_ids;
}

const newKey = v.strictObject({
  name: v.pipe(v.string(), v.minLength(1), v.maxLength(64)),
  public_key: v.pipe(v.string(), v.maxLength(4096), v.regex(/^(ssh|ecdsa)-[\w-]+ [\w+/]+=*( .*)?$/)),
});
export type NewKey = v.InferOutput<typeof newKey>;

export function readNewKey(body: unknown): NewKey | string {
  return read(newKey, body);
}

function read<S extends v.GenericSchema>(schema: S, body: unknown): v.InferOutput<S> | string {
  const parsed = v.safeParse(schema, body);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  return `Invalid request data. ${v.getDotPath(issue) ?? 'body'}: ${issue.message}`;
}
