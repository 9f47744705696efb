import type { Logger } from '../../logger.js';
import { InputError } from '../../errors.js';
import type { Host } from '../host.js';
import type { RuntimeFiles } from '../runtimeFiles.js';
import { bySftpWithoutPrograms } from './bySftp.js';
import { PlainSync } from './plainSync.js';
import { Upload } from './upload.js';

export interface SyncSource {
  /** Absolute path of the folder to send; what its `.trainyardignore` and the usual junk name stays here. */
  readonly folder: string;
  /** Patterns of what else stays here; its `.trainyardignore` may take them back. */
  readonly ignored?: readonly string[];
  /** Where hashes of files are remembered between syncs. */
  readonly cacheDir: string;
}

export interface SyncOptions {
  readonly onProgress?: (progress: SyncProgress) => void;
  readonly logger?: Logger;
  /** Called once with a sentence for the user where a mirror goes by SFTP; without it, it does not. */
  readonly onNotice?: (sentence: string) => void;
}

export interface SyncProgress {
  /**
   * `reading` is before anything is sent; `waiting` is for another sync to the same place; `checking` compares with
   * what is there, `sending` sends what is not; `finishing` gives everything its name.
   */
  readonly phase: 'reading' | 'waiting' | 'checking' | 'sending' | 'finishing';
  /** What is there so far: sent now, or found. */
  readonly files: number;
  readonly bytes: number;
  /** What `files` and `bytes` grow to; `null` where nobody knows yet. */
  readonly totalFiles: number | null;
  readonly totalBytes: number | null;
}

export interface SyncResult {
  /** Absolute path of the folder on the machine. */
  readonly path: string;
  /** Names the content: paths, kinds, executable bits and bytes; neither times nor where the folder stands. */
  readonly hash: string;
  /** Files in the folder. */
  readonly files: number;
  /** Files of which anything was sent. */
  readonly sent: number;
  /** Bytes of files that were sent. */
  readonly bytes: number;
  readonly seconds: number;
}

/**
 * Makes the folder's content a dataset on the machine, under the name of its content, and sends only what the machine
 * does not have in any dataset. Safe to repeat after any interruption, and while another sync does the same.
 * @throws {InputError} the folder is missing or unreadable, holds what cannot be sent, or changes all the time
 * @throws {MachineError} its disk is too full (said before anything is sent, where it can be known)
 * @throws {ConnectionError} the connection broke; the next try goes on where this one ended
 */
export function syncDataset(
  host: Host,
  runtime: RuntimeFiles,
  source: SyncSource,
  options: SyncOptions,
  signal: AbortSignal,
): Promise<SyncResult> {
  return new Upload({ host, runtime, source, options, folder: undefined }, signal).run();
}

/**
 * Makes a folder of the machine a mirror of the folder here: what is not here is deleted there, after everything else
 * is in place. Until all content has arrived nothing there changes. Where the machine runs none of our programs, files
 * go by SFTP if the user can be told. Errors as {@link syncDataset}.
 * @param remoteFolder absolute, or beginning with `~/`; made if it is not there
 * @throws {InputError} also when that is the home folder or one above it
 */
export function syncFolder(
  host: Host,
  runtime: RuntimeFiles,
  source: SyncSource,
  remoteFolder: string,
  options: SyncOptions,
  signal: AbortSignal,
): Promise<SyncResult> {
  if (!/^(\/|~\/)/.test(remoteFolder))
    return Promise.reject(new InputError(`${remoteFolder} is not an absolute path; begin it with / or ~/.`));
  const { onNotice } = options;
  return bySftpWithoutPrograms(
    host,
    {
      byProgram: () => new Upload({ host, runtime, source, options, folder: remoteFolder }, signal).run(),
      bySftp: (store) =>
        new PlainSync({ machine: host.name, store, source, options, folder: remoteFolder }, signal).run(),
      onSftp: onNotice && ((reason) => onNotice(`${reason}, so the files go by SFTP, which takes longer.`)),
    },
    signal,
  );
}
