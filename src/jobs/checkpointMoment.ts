/** How far a training was, as far as the name of what it saved tells. */
export interface CheckpointMoment {
  /** Counts from 1. */
  readonly epoch: number | null;
  readonly step: number | null;
}

const epochPattern = /(?:^|[^a-z])epoch([-_= ]?)(\d{1,15})/i;
/** Boosting counts rounds, solvers count iterations. */
const stepPattern = /(?:^|[^a-z])(?:steps?|iteration|iter|round)[-_= ]?(\d{1,15})/i;
/** The whole name that the Transformers library gives a folder. */
const transformersPattern = /^checkpoint-(\d{1,15})$/;

/** `epoch-0004.pt`, `checkpoint-500`, `epoch=3-step=120.ckpt`, where epochs count from 0 as Lightning writes it. */
export function checkpointMoment(name: string): CheckpointMoment {
  const [, sign, epoch] = epochPattern.exec(name) ?? [];
  const [, step] = transformersPattern.exec(name) ?? stepPattern.exec(name) ?? [];
  return {
    epoch: epoch === undefined ? null : Number(epoch) + (sign === '=' ? 1 : 0),
    step: step === undefined ? null : Number(step),
  };
}
