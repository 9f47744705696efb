/** What is to be learned from the examples of a folder. */
export interface JsonlWish {
  /** `auto`, `sft` or `dpo`. */
  readonly method: string;
  /** Tokens an example is cut to. */
  readonly maxLength: number;
  /** Share that is held back, where there is no file for it. */
  readonly validation: number;
  readonly batch: number;
  readonly gradientAccumulation: number;
  readonly packing: boolean;
}
