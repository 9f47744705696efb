import { readIgnoreRules } from '../../ignore.js';
import type { Host } from '../host.js';
import { prepareFolderReader } from './readerThread.js';
import type { RuntimeFiles } from '../runtimeFiles.js';
import { laneCount, wideFromBytes } from './laneCount.js';
import type { SyncSource } from './sync.js';
import { walkTree } from './treeWalk.js';

/**
 * Gets the machine ready to take a folder in, while something else is done there: the upload then begins at once.
 * Resolves when it is, or as ready as it can be; whatever is in the way shows in the upload.
 */
export async function prepareUpload(
  host: Host,
  runtime: RuntimeFiles,
  source: SyncSource,
  signal: AbortSignal,
): Promise<void> {
  const reader = prepareFolderReader();
  await prepareMachine(host, runtime, source, signal);
  await reader;
}

/** Ends what was got ready for content and was not needed: there was nothing to send, or not so much. */
export async function endPreparation(host: Host, runtime: RuntimeFiles): Promise<void> {
  await host.standBy?.(await runtime.whole('lane.py'), 'lane', 0);
}

async function prepareMachine(
  host: Host,
  runtime: RuntimeFiles,
  source: SyncSource,
  signal: AbortSignal,
): Promise<void> {
  if (host.standBy === undefined) return;
  const [program, lane] = await Promise.all([runtime.whole('upload.py'), runtime.whole('lane.py')]);
  await host.standBy(program, 'python', 1);
  if (host.lane === undefined || host.roundTripMs === undefined) return;
  if (await isWide(source, signal)) await host.standBy(lane, 'lane', laneCount(host.roundTripMs));
}

/** Whether it is worth more than one stream, if all of it has to be sent. */
async function isWide({ folder, ignored }: SyncSource, signal: AbortSignal): Promise<boolean> {
  let bytes = 0;
  try {
    for await (const entry of walkTree(folder, await readIgnoreRules(folder, ignored ?? []), signal)) {
      if (entry.kind === 'file') bytes += entry.sizeBytes;
      if (bytes >= wideFromBytes) return true;
    }
  } catch {
    // The upload says what is wrong with the folder.
  }
  return false;
}
