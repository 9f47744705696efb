import { rename, rm } from 'node:fs/promises';
import type { Host } from '../remote/host.js';
import type { RuntimeFiles } from '../remote/runtimeFiles.js';
import type { DownloadProgress } from '../remote/transfer/download.js';
import { fetchFile, type FetchPaths, type FetchResult } from '../remote/transfer/fetch.js';

/**
 * Brings a file of a machine to where a person wants it, verified by sha256. What is there already is replaced once all
 * has come. After a loss the next try goes on where this one ended; of one that was aborted nothing is left.
 * @throws what {@link fetchFile} throws
 */
export async function bringFile(
  host: Host,
  runtime: RuntimeFiles,
  { remotePath, localPath }: FetchPaths,
  onProgress: (progress: DownloadProgress) => void,
  signal: AbortSignal,
): Promise<FetchResult> {
  const arriving = `${localPath}.trainyard-download`;
  // Whole, but not renamed any more: this computer stopped in between. It may be another version by now.
  await rm(arriving, { force: true });
  try {
    const fetched = await fetchFile(
      host,
      runtime,
      { remotePath, localPath: arriving },
      { onProgress },
      signal,
    );
    await rename(arriving, localPath);
    return fetched;
  } catch (error) {
    if (signal.aborted) await rm(`${arriving}.part`, { force: true });
    throw error;
  }
}
