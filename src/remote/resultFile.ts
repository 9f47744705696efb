import * as v from 'valibot';

/** A file of a run folder. */
export interface RunFile {
  /** Relative to the run folder, with `/`. */
  readonly path: string;
  /** On the machine, links resolved. */
  readonly absolutePath: string;
  readonly bytes: number;
  /** The folder it belongs to when that is the result as a whole: a prefix of `path`. */
  readonly group: string | null;
}

/** A file that a training left as its result. A card describes the model beside it. */
export interface ResultFile extends RunFile {
  readonly role: 'model' | 'card' | 'checkpoint' | 'file';
  readonly sha256: string;
}

/** A file or folder below `output/checkpoints`. */
export interface Checkpoint {
  readonly name: string;
  /** Unix seconds of the machine's clock. */
  readonly modified: number;
  readonly files: readonly RunFile[];
}

/** An image that a training left in its output folder. */
export interface RunImage {
  /** Relative to `output/`, with `/`. */
  readonly path: string;
  /** On the machine, links resolved. */
  readonly absolutePath: string;
  readonly bytes: number;
  /** Unix seconds of the machine's clock. */
  readonly modified: number;
}

const runFileEntries = {
  path: v.string(),
  absolutePath: v.string(),
  bytes: v.number(),
  group: v.nullable(v.string()),
};

const resultsSchema = v.array(
  v.object({
    ...runFileEntries,
    role: v.picklist(['model', 'card', 'checkpoint', 'file']),
    sha256: v.string(),
  }),
);

const checkpointsSchema = v.array(
  v.object({ name: v.string(), modified: v.number(), files: v.array(v.object(runFileEntries)) }),
);

const imagesSchema = v.array(
  v.object({ path: v.string(), absolutePath: v.string(), bytes: v.number(), modified: v.number() }),
);

export function parseImages(value: unknown): readonly RunImage[] {
  return v.parse(imagesSchema, value);
}

export function parseResults(value: unknown): readonly ResultFile[] {
  return v.parse(resultsSchema, value);
}

export function parseCheckpoints(value: unknown): readonly Checkpoint[] {
  return v.parse(checkpointsSchema, value);
}
