import { syncDataset, type SyncProgress } from '../../remote/transfer/sync.js';
import { datasetSource } from './datasetSource.js';
import type { Step } from './step.js';

/** The dataset, by content: what the machine already has does not travel. */
export const upload: Step<'uploading'> = async (_stage, context, signal) => {
  const { machine, runtime, logger, show } = context;
  show('Reading the dataset');
  const sent = await syncDataset(
    await machine.host(signal),
    runtime,
    datasetSource(context),
    { logger, onProgress: (progress) => show(phaseWords[progress.phase], fractionOf(progress)) },
    signal,
  );
  return { type: 'uploaded', dataset: { path: sent.path, hash: sent.hash } };
};

const phaseWords: Readonly<Record<SyncProgress['phase'], string>> = {
  reading: 'Reading the dataset',
  waiting: 'Waiting for another job that sends the same dataset',
  checking: 'Comparing the dataset with what is there',
  sending: 'Uploading the dataset',
  finishing: 'Finishing the upload',
};

function fractionOf({ bytes, totalBytes }: SyncProgress): number | undefined {
  return totalBytes === null || totalBytes === 0 ? undefined : Math.min(1, bytes / totalBytes);
}
