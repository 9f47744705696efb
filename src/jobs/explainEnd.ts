import type { ProgressSummary } from '../recipes/progress/index.js';
import type { CollectedFile, Outcome, Reason, TrainingEnd } from './job.js';

/** What a job's end is called, and why, in words for people. The exit code decides; the log only explains. */
export function explainEnd(
  training: TrainingEnd,
  log: ProgressSummary,
  files: readonly CollectedFile[],
): { outcome: Outcome; reason: Reason } {
  switch (training.cause) {
    case 'stopped':
      return { outcome: 'cancelled', reason: reason('stopped', stoppedMessage(files)) };
    case 'deadline':
      return {
        outcome: 'failed',
        reason: reason(
          'deadline',
          'The training reached its time limit and was stopped.',
          'Resume it with more hours ("trainyard resume JOB --hours H"): it goes on from its newest checkpoint.',
        ),
      };
    case 'stalled':
      return {
        outcome: 'failed',
        reason: reason(
          'stalled',
          'The training printed nothing and the GPU did nothing for too long, so it was stopped.',
          'Look at the end of the log, or raise limits.stallMinutes.',
        ),
      };
    case 'start-failed':
      return {
        outcome: 'failed',
        reason: reason('start-failed', training.message ?? 'The training could not be started.'),
      };
    case 'vanished':
      return {
        outcome: 'failed',
        reason: reason(
          'vanished',
          'The training and its supervisor are gone without a word: the machine was restarted, or ran out of memory.',
          'Resume it: it goes on from its newest checkpoint.',
        ),
      };
    case 'exited':
      return training.exitCode === 0 ? succeeded(files, log) : crashed(log);
    default:
      return training.cause satisfies never;
  }
}

function succeeded(
  files: readonly CollectedFile[],
  { warnings }: ProgressSummary,
): { outcome: Outcome; reason: Reason } {
  const hasModel = files.some((file) => file.role === 'model' || file.role === 'checkpoint');
  return { outcome: 'succeeded', reason: hasModel ? finished(warnings) : noModel };
}

function finished([warning]: readonly string[]): Reason {
  if (warning === undefined) return reason('finished', 'The training finished.');
  return reason(
    'finished-with-warning',
    `The training finished, with a warning: ${warning}`,
    'Look at its charts before you use the model.',
  );
}

const noModel = reason(
  'no-model',
  'The training finished, but left no model file in its output folder.',
  'Save the model under TRAINYARD_OUTPUT, or name it with trainyard.model(path).',
);

function crashed({ error }: ProgressSummary): { outcome: Outcome; reason: Reason } {
  if (!error) return { outcome: 'failed', reason: reason('unknown', 'Nobody saw how the training ended.') };
  return { outcome: 'failed', reason: reason(error.code, error.message, error.fix) };
}

function stoppedMessage(files: readonly CollectedFile[]): string {
  return files.length > 0
    ? 'The training was stopped; what it had saved was collected.'
    : 'The training was stopped before it had saved anything.';
}

function reason(code: string, message: string, fix: string | null = null): Reason {
  return { code, message, fix };
}
