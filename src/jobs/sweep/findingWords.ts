import { formatPrice } from '../../format.js';
import type { RentedInstance, Resource } from '../../providers/cloud.js';
import { cloudTitle } from '../../providers/index.js';
import type { Finding } from './sweep.js';

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
