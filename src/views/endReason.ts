import type { Reason } from '../jobs/job.js';
import { l10n } from '../l10n.js';

type Words = Pick<Reason, 'message' | 'fix'>;

/**
 * Why a job ended, in the language of the user where its code says it all; else as it was written down, which is English:
 * what the machine, the framework or a cloud had to say.
 */
export function reasonWords({ code, message, fix }: Reason): Words {
  return wordsOf(code) ?? { message, fix };
}

function wordsOf(code: string): Words | undefined {
  switch (code) {
    case 'finished':
      return { message: l10n.t('The training finished.'), fix: null };
    case 'deadline':
      return {
        message: l10n.t('The training reached its time limit and was stopped.'),
        fix: l10n.t(
          'Resume it with more hours ("trainyard resume JOB --hours H"): it goes on from its newest checkpoint.',
        ),
      };
    case 'stalled':
      return {
        message: l10n.t(
          'The training printed nothing and the GPU did nothing for too long, so it was stopped.',
        ),
        fix: l10n.t('Look at the end of the log, or raise limits.stallMinutes.'),
      };
    case 'vanished':
      return {
        message: l10n.t(
          'The training and its supervisor are gone without a word: the machine was restarted, or ran out of memory.',
        ),
        fix: l10n.t('Resume it: it goes on from its newest checkpoint.'),
      };
    case 'no-model':
      return {
        message: l10n.t('The training finished, but left no model file in its output folder.'),
        fix: l10n.t('Save the model under TRAINYARD_OUTPUT, or name it with trainyard.model(path).'),
      };
    default:
      return undefined;
  }
}
