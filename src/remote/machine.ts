import * as v from 'valibot';

/** What a machine is and has. */
export interface MachineFacts {
  /** `[3, 11, 7]` */
  readonly python: readonly number[];
  /** Absolute path of its python3. */
  readonly executable: string;
  /** As Python says it: `linux`, `darwin`. */
  readonly platform: string;
  /** `x86_64`, `aarch64`, `arm64` */
  readonly arch: string;
  readonly home: string;
  readonly user: string;
  /** CPUs this user may run on. */
  readonly cpuCount: number;
  readonly memoryBytes: number;
  /** Of the disk that holds `root`. */
  readonly disk: DiskSpace;
  readonly gpus: readonly Gpu[];
  /** What nvidia-smi said when it is installed but fails, for example after a driver update. */
  readonly gpuProblem: string | null;
  /** Trainyard's folder, absolute. */
  readonly root: string;
  readonly rootWritable: boolean;
}

export interface DiskSpace {
  readonly freeBytes: number;
  readonly totalBytes: number;
}

export interface Gpu {
  readonly name: string;
  readonly memoryBytes: number | null;
  /** `550.54.15` */
  readonly driver: string;
}

const diskSchema = v.object({ freeBytes: v.number(), totalBytes: v.number() });

const factsSchema = v.object({
  python: v.array(v.number()),
  executable: v.string(),
  platform: v.string(),
  arch: v.string(),
  home: v.string(),
  user: v.string(),
  cpuCount: v.number(),
  memoryBytes: v.number(),
  disk: diskSchema,
  gpus: v.array(v.object({ name: v.string(), memoryBytes: v.nullable(v.number()), driver: v.string() })),
  gpuProblem: v.nullable(v.string()),
  root: v.string(),
  rootWritable: v.boolean(),
});

export function parseMachineFacts(value: unknown): MachineFacts {
  return v.parse(factsSchema, value);
}

export function parseDiskSpace(value: unknown): DiskSpace {
  return v.parse(diskSchema, value);
}
