import * as v from 'valibot';

/** How the body of a create must look; RunPod refuses everything else with 422. Source: CreatePodRequest. */
const cudaVersion = v.pipe(v.string(), v.regex(/^\d+\.\d+$/));
const wholeNumber = (least: number) => v.pipe(v.number(), v.integer(), v.minValue(least));

const createBody = v.strictObject({
  name: v.pipe(v.string(), v.minLength(1), v.maxLength(191)),
  image: v.pipe(v.string(), v.minLength(1)),
  gpu: v.optional(
    v.strictObject({
      id: v.string(),
      count: v.optional(wholeNumber(1), 1),
      allowedCudaVersions: v.optional(v.array(cudaVersion)),
      minCudaVersion: v.optional(cudaVersion),
    }),
  ),
  cpu: v.optional(v.strictObject({ id: v.string(), vcpuCount: v.optional(wholeNumber(1), 2) })),
  cloud: v.optional(v.picklist(['SECURE', 'COMMUNITY']), 'SECURE'),
  dataCenterIds: v.optional(v.array(v.string()), []),
  disk: v.optional(wholeNumber(1), 50),
  ports: v.optional(v.array(v.pipe(v.string(), v.regex(/^\d+\/(tcp|http)$/))), []),
  env: v.optional(v.record(v.string(), v.string()), {}),
  args: v.optional(v.string(), ''),
  mounts: v.optional(
    v.strictObject({
      persistent: v.optional(v.strictObject({ size: wholeNumber(10), path: v.string() })),
      network: v.optional(
        v.pipe(v.array(v.strictObject({ volumeId: v.string(), path: v.string() })), v.maxLength(1)),
      ),
    }),
    {},
  ),
  registry: v.optional(v.nullable(v.string()), null),
  startSsh: v.optional(v.boolean(), false),
  startJupyter: v.optional(v.boolean(), false),
  globalNetworking: v.optional(v.boolean(), false),
});
export type CreateBody = v.InferOutput<typeof createBody>;

/** What is wrong with a body by the schema (422), or the body. */
export function readCreateBody(body: unknown): CreateBody | { readonly errors: readonly string[] } {
  const parsed = v.safeParse(createBody, body);
  if (parsed.success) return parsed.output;
  return {
    errors: parsed.issues.map((issue) => {
      const place = ['$', ...(issue.path ?? []).map(({ key }) => String(key))];
      if (issue.type === 'strict_object' && issue.expected === 'never')
        return `${place.slice(0, -1).join('.')}: additional properties '${place.at(-1)}' not allowed`;
      return `${place.join('.')}: ${issue.message}`;
    }),
  };
}

/** Rules between fields (400); `undefined` when all hold. */
export function brokenRule({ gpu, cpu, mounts, env }: CreateBody): string | undefined {
  if ((gpu === undefined) === (cpu === undefined)) return 'exactly one of gpu or cpu must be set';
  if (gpu?.minCudaVersion !== undefined && (gpu.allowedCudaVersions ?? []).length > 0)
    return 'gpu.allowedCudaVersions and gpu.minCudaVersion are mutually exclusive';
  if (mounts.persistent !== undefined && mounts.network !== undefined)
    return 'mounts.persistent and mounts.network are mutually exclusive';
  if (cpu !== undefined && mounts.persistent !== undefined)
    return 'mounts.persistent is not allowed on CPU pods';
  if (Object.keys(env).length > 50) return 'at most 50 environment variables';
  return undefined;
}
