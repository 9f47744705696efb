import * as v from 'valibot';

/** The load of a machine at one moment: a line of gpu.jsonl. `null` is what the machine does not tell. */
export interface Sample {
  /** Unix seconds of the machine's clock. */
  readonly time: number;
  /** Length of the training's log on the machine; `null` where an older supervisor does not tell. */
  readonly logBytes: number | null;
  /** Of all CPUs together, 0..100. */
  readonly cpuPercent: number;
  readonly memoryUsedBytes: number | null;
  readonly memoryTotalBytes: number;
  readonly diskFreeBytes: number;
  readonly diskTotalBytes: number;
  readonly gpus: readonly GpuSample[];
}

export interface GpuSample {
  readonly name: string;
  readonly utilizationPercent: number | null;
  readonly memoryUsedBytes: number | null;
  readonly memoryTotalBytes: number | null;
  readonly temperatureC: number | null;
  readonly powerW: number | null;
}

const gpuSchema = v.object({
  name: v.string(),
  utilizationPercent: v.nullable(v.number()),
  memoryUsedBytes: v.nullable(v.number()),
  memoryTotalBytes: v.nullable(v.number()),
  temperatureC: v.nullable(v.number()),
  powerW: v.nullable(v.number()),
});

const schema = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    time: v.number(),
    logBytes: v.optional(v.nullable(v.number()), null),
    cpuPercent: v.number(),
    memoryUsedBytes: v.nullable(v.number()),
    memoryTotalBytes: v.number(),
    diskFreeBytes: v.number(),
    diskTotalBytes: v.number(),
    gpus: v.array(gpuSchema),
  }),
);

/** `undefined` for a line that is torn or not ours: samples are many, and one more or less changes nothing. */
export function parseSampleLine(line: string): Sample | undefined {
  const parsed = v.safeParse(schema, line);
  return parsed.success ? parsed.output : undefined;
}
