import * as v from 'valibot';

/**
 * Something in Trainyard's folder on a machine that can be made or sent again. A `run` is what a job left there, a
 * `tool` a program that a recipe got for itself.
 */
export interface KeptItem {
  readonly kind: 'environment' | 'dataset' | 'run' | 'cache' | 'tool';
  /** Its content's hash; the job's id of a run. */
  readonly name: string;
  /** Of the disk; what items share is counted once, and not at all when others hold it too. */
  readonly bytes: number;
  /** Unix seconds of the machine's clock. */
  readonly used: number;
  /** Something that runs there uses it now. */
  readonly needed: boolean;
}

const itemsSchema = v.array(
  v.object({
    kind: v.picklist(['environment', 'dataset', 'run', 'cache', 'tool']),
    name: v.string(),
    bytes: v.number(),
    used: v.number(),
    needed: v.boolean(),
  }),
);

export function parseKeptItems(value: unknown): readonly KeptItem[] {
  return v.parse(itemsSchema, value);
}
