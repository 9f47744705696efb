import { link, lstat, mkdir, open, rename, rm, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { InputError, MachineError, hasCode, messageOf } from '../../errors.js';
import { bySftpWithoutPrograms } from './bySftp.js';
import { toBytePath } from './bytePath.js';
import { download, type DownloadProgress } from './download.js';
import type { Host } from '../host.js';
import { PartFile } from './partFile.js';
import { plainDownload } from './plainDownload.js';
import type { RuntimeFiles } from '../runtimeFiles.js';

export interface FetchPaths {
  /** On the machine: absolute, or beginning with `~/`. */
  readonly remotePath: string;
  /** Where it comes to be here: absolute. Nothing may be there yet; folders above it are made. */
  readonly localPath: string;
}

export interface FetchOptions {
  readonly onProgress?: (progress: DownloadProgress) => void;
  /** What the content has to be, where that is known. */
  readonly expectedSha256?: string;
  /** Nobody waits for it: the training and its log go first. */
  readonly background?: boolean;
  /** Called once with a sentence for the user where it goes by SFTP; without it, it does not. */
  readonly onNotice?: (sentence: string) => void;
}

export interface FetchResult {
  readonly sha256: string;
  readonly bytes: number;
  readonly seconds: number;
}

/**
 * Brings a file home. It grows as `<localPath>.part`, which the next try goes on with, and gets its name only when
 * whole and equal by sha256; a file that is there already is never touched. From a machine that runs none of our programs
 * it comes by SFTP, where no sha256 can be compared, if the user can be told.
 * @throws {InputError} something has that name already, or the disk here is too full
 * @throws {MachineError} no such file there, it does not come to rest, or it is not the expected one
 * @throws {ConnectionError} the connection broke; the next try goes on where this one ended
 */
export async function fetchFile(
  host: Host,
  runtime: RuntimeFiles,
  { remotePath, localPath }: FetchPaths,
  options: FetchOptions,
  signal: AbortSignal,
): Promise<FetchResult> {
  const startedMs = performance.now();
  await requirePlace(localPath);
  const partPath = `${localPath}.part`;
  const { onNotice } = options;
  const part = await PartFile.find(partPath, signal);
  const onDownloaded = (_change: number, totalBytes: number): void =>
    options.onProgress?.({ bytes: part.length, totalBytes });
  try {
    await bySftpWithoutPrograms(
      host,
      {
        byProgram: () =>
          download(
            host,
            runtime,
            [{ remotePath: toBytePath(remotePath), part }],
            { onDownloaded, background: options.background ?? false },
            signal,
          ),
        bySftp: (store) =>
          plainDownload(store, { machine: host.name, remotePath, part }, onDownloaded, signal),
        onSftp:
          onNotice &&
          ((reason) =>
            onNotice(
              `${reason}, so the file comes by SFTP: that takes longer, and its checksum cannot be compared there.`,
            )),
      },
      signal,
    );
  } catch (error) {
    if (part.length === 0) await removeEmpty(part, partPath);
    throw error;
  }
  await requireContent(host, remotePath, part, options.expectedSha256);
  await publish(partPath, localPath);
  return { sha256: part.sha256, bytes: part.length, seconds: (performance.now() - startedMs) / 1000 };
}

/** Makes the folders above. @throws {InputError} something is there, or nothing can be */
async function requirePlace(path: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
  } catch (cause) {
    throw new InputError(`${path} cannot be written (${messageOf(cause)}); choose another place.`, { cause });
  }
  await requireAbsent(path);
}

/** Nothing came, so there is nothing to go on with. */
async function removeEmpty(part: PartFile, path: string): Promise<void> {
  await part.close();
  await rm(path, { force: true });
}

/** @throws {InputError} something is there, even a dangling link */
export async function requireAbsent(path: string): Promise<void> {
  try {
    await lstat(path);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return;
    throw error;
  }
  throw alreadyThere(path);
}

export function alreadyThere(path: string): InputError {
  return new InputError(`${path} exists already and is left as it is; choose another name.`);
}

async function requireContent(
  host: Host,
  remotePath: string,
  part: PartFile,
  expected: string | undefined,
): Promise<void> {
  if (expected === undefined || expected === part.sha256) return;
  const found = part.sha256;
  await part.restart();
  await part.close();
  throw new MachineError(
    `${remotePath} on ${host.name} is not the file that was expected: its sha256 is ${found}, not ${expected}.`,
  );
}

/** Gives the finished file its name, which must be free: of two at once, one fails. */
async function publish(part: string, path: string): Promise<void> {
  try {
    await link(part, path);
    await unlink(part);
  } catch (error) {
    if (hasCode(error, 'EEXIST')) throw alreadyThere(path);
    if (!hasCode(error, 'EPERM') && !hasCode(error, 'ENOTSUP') && !hasCode(error, 'ENOSYS')) throw error;
    await publishWithoutLinks(part, path);
  }
}

/** On disks without hard links (FAT): an empty file of ours keeps the name until the real one replaces it. */
async function publishWithoutLinks(part: string, path: string): Promise<void> {
  try {
    await (await open(path, 'wx')).close();
  } catch (error) {
    throw hasCode(error, 'EEXIST') ? alreadyThere(path) : error;
  }
  await rename(part, path);
}
