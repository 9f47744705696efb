import { formatPrice } from '../format.js';
import type { Finding } from '../jobs/sweep/sweep.js';
import type { RentedInstance, Resource } from '../providers/cloud.js';
import { cloudTitle } from '../providers/index.js';

/** What a sweep came to, for a person; each part is `null` where there is nothing to say. */
export interface SweepSummary {
  /** What was ended and let go of. */
  readonly done: string | null;
  /** What could not be looked at or ended. */
  readonly failed: string | null;
}

/** One sentence about all that was cleaned up, one about all that was not. */
export function summarize(findings: readonly Finding[]): SweepSummary {
  return {
    done: together(findings.filter(isDone).map(sentenceOf), 'Trainyard has cleaned up'),
    failed: together(
      findings.filter(({ action }) => action === 'failed').map(sentenceOf),
      'Not everything is in order',
    ),
  };
}

function isDone({ action }: Finding): boolean {
  return action === 'ended' || action === 'released' || action === 'finished';
}

function together(sentences: readonly string[], head: string): string | null {
  const [first, ...more] = sentences;
  if (first === undefined) return null;
  return more.length === 0 ? first : `${head}: ${first} And ${more.length} more, which the log lists.`;
}

/** One finding as a sentence. */
export function sentenceOf(finding: Finding): string {
  const { why } = finding;
  switch (finding.kind) {
    case 'machine':
      return `${machineVerbs[finding.action]} ${machineWords(finding.machine)}: ${why}.`;
    case 'resource':
      return `${resourceVerbs[finding.action]} ${resourceWords(finding.resource)}: ${why}.`;
    case 'job':
      return `${jobVerbs[finding.action]} the job ${finding.job}: ${why}.`;
    case 'provider':
      return `Nobody knows what runs at ${cloudTitle(finding.provider)}. ${why}`;
    default:
      return finding satisfies never;
  }
}

const machineVerbs = {
  ended: 'Ended',
  'would-end': 'Would end',
  kept: 'Left',
  'not-ours': 'Left',
  failed: 'Could not end',
} as const;

const resourceVerbs = {
  released: 'Let go of',
  'would-release': 'Would let go of',
  failed: 'Could not let go of',
} as const;

const jobVerbs = {
  finished: 'Brought to its end',
  'would-finish': 'Would bring to its end',
  failed: 'Could not bring to its end',
} as const;

const machineWords = ({ provider, name, gpu, usdPerHour }: RentedInstance): string =>
  `the ${gpu ?? 'machine'} at ${cloudTitle(provider)} (${name}, ${formatPrice(usdPerHour)})`;

const resourceKinds = { 'ssh-key': 'SSH key', ip: 'IP address', volume: 'volume' } as const;

const resourceWords = ({ provider, kind, name }: Resource): string =>
  `the ${resourceKinds[kind]} ${name} at ${cloudTitle(provider)}`;
