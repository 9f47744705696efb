import { exitCodes, type ExitCode } from '../errors.js';
import { sentenceOf } from '../jobs/sweep/findingWords.js';
import type { Finding } from '../jobs/sweep/sweep.js';
import type { Verb } from './verb.js';

export const sweep: Verb = {
  name: 'sweep',
  usage: '[--dry-run]',
  summary:
    'Ends rented machines, keys and addresses of ours that no job needs any more. Made for cron: quiet when all is well.',
  positionals: { least: 0, most: 0 },
  options: { 'dry-run': { type: 'boolean', help: 'only say what would be ended' } },
  async run(given, { engine, terminal }, signal): Promise<ExitCode> {
    const onFinding = (finding: Finding): void => {
      terminal.record(toRecord(finding));
      if (isLeft(finding) || terminal.json) return;
      if (finding.action === 'failed') terminal.remark(sentenceOf(finding));
      else terminal.say(sentenceOf(finding));
    };
    const findings = await engine.sweep({ dryRun: given.flag('dry-run'), onFinding }, signal);
    return exitCodeOf(findings);
  },
};

function toRecord(finding: Finding): Record<string, unknown> {
  const { kind, action, why } = finding;
  switch (finding.kind) {
    case 'machine': {
      const { provider, id, name, state, usdPerHour } = finding.machine;
      return { kind, action, provider, id, label: name, state, usdPerHour, why };
    }
    case 'resource': {
      const { provider, id, name, kind: resource } = finding.resource;
      return { kind, action, provider, id, label: name, resource, why };
    }
    case 'job':
      return { kind, action, job: finding.job, why };
    case 'provider':
      return { kind, action, provider: finding.provider, why };
    default:
      return finding satisfies never;
  }
}

/** What is as it should be is nothing to tell. */
const isLeft = ({ action }: Finding): boolean => action === 'kept' || action === 'not-ours';

/** What could not be looked at or ended may still cost money. */
function exitCodeOf(findings: readonly Finding[]): ExitCode {
  const failed = findings.filter(({ action }) => action === 'failed');
  if (failed.length === 0) return exitCodes.good;
  const onlyKeys = failed.every((finding) => finding.kind === 'provider' && finding.isKey);
  return onlyKeys ? exitCodes.credentials : exitCodes.stillRunning;
}
