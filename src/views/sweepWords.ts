import { sentenceOf } from '../jobs/sweep/findingWords.js';
import type { Finding } from '../jobs/sweep/sweep.js';
import { l10n } from '../l10n.js';

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
    done: together(findings.filter(isDone).map(sentenceOf), l10n.t('Trainyard has cleaned up')),
    failed: together(
      findings.filter(({ action }) => action === 'failed').map(sentenceOf),
      l10n.t('Not everything is in order'),
    ),
  };
}

function isDone({ action }: Finding): boolean {
  return action === 'ended' || action === 'released' || action === 'finished';
}

function together(sentences: readonly string[], head: string): string | null {
  const [first, ...more] = sentences;
  if (first === undefined) return null;
  return more.length === 0
    ? first
    : l10n.t('{0}: {1} And {2} more, which the log lists.', head, first, more.length);
}
