import type { Host } from '../host.js';
import { prepareFolderReader } from './readerThread.js';
import type { RuntimeFiles } from '../runtimeFiles.js';
import { laneCount, wideFromBytes } from './laneCount.js';
import type { SyncSource } from './sync.js';
import { laneRequest, readingRequest, uploadRequest } from './uploadRequest.js';

/**
 * Gets this computer and the machine ready for a folder to be sent as a dataset, while something else is done there: the
 * upload then begins at once. Resolves when they are, or as ready as they can be; whatever is in the way shows in the
 * upload.
 */
export async function prepareUpload(
  host: Host,
  runtime: RuntimeFiles,
  source: SyncSource,
  signal: AbortSignal,
): Promise<void> {
  const reader = prepareFolderReader(readingRequest(host, source, undefined), signal);
  const ready = async (): Promise<void> => {
    const program = await runtime.program('upload.py', uploadRequest(host, source, undefined));
    const [bytes] = await Promise.all([reader.counted, host.standBy?.(program, 'python', 1)]);
    // All of that may have to be sent, for which one stream is not enough.
    if (host.lane === undefined || host.roundTripMs === undefined || bytes < wideFromBytes) return;
    await host.standBy?.(await runtime.program('lane.py', laneRequest), 'lane', laneCount(host.roundTripMs));
  };
  await Promise.all([ready(), reader.prepared]);
}

/** Ends what was got ready for content and was not needed: there was nothing to send, or not so much. */
export async function endPreparation(host: Host, runtime: RuntimeFiles): Promise<void> {
  await host.standBy?.(await runtime.program('lane.py', laneRequest), 'lane', 0);
}
