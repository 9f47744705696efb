import * as v from 'valibot';
import { ConnectionError, MachineError } from '../../errors.js';
import { type BytePath, textOf } from './bytePath.js';
import { requireRoom } from './diskRoom.js';
import type { Host } from '../host.js';
import { laneCount, wideFromBytes } from './laneCount.js';
import { freeUpTo } from '../ownMemory.js';
import type { PartFile } from './partFile.js';
import { downloadRanges } from './rangedDownload.js';
import type { RuntimeFiles } from '../runtimeFiles.js';
import { TransferProcess } from './transferProcess.js';

export interface WantedDownload {
  /** Absolute, or beginning with `~/`. */
  readonly remotePath: BytePath;
  readonly part: PartFile;
  /** Its size there, where that is known. */
  readonly size?: number;
}

/** @param change by how much a part file grew, negative when it began anew; @param sizeBytes what it grows to */
export type OnDownloaded = (change: number, sizeBytes: number) => void;

export interface DownloadProgress {
  /** Of all files, counting what was here already. */
  readonly bytes: number;
  /** `null` until all sizes are known. */
  readonly totalBytes: number | null;
}

const answer = v.variant('event', [
  v.object({ event: v.literal('file'), index: v.number(), size: v.number(), offset: v.number() }),
  v.object({ event: v.literal('end'), sha256: v.string() }),
  v.object({ event: v.literal('changed') }),
]);

export interface DownloadOptions {
  readonly onDownloaded: OnDownloaded;
  /** Nobody waits for it: it takes what a training leaves of the machine, and one lane. */
  readonly background?: boolean;
}

/**
 * Completes the part files. What is here of one is kept when the machine finds that its own file begins so. Each is
 * whole, on disk, closed and compared by sha256 when this returns; an interruption leaves what has come. Content goes
 * apart from the machine's log and questions; from far away, a large file over several lanes at once.
 */
export async function download(
  host: Host,
  runtime: RuntimeFiles,
  files: readonly WantedDownload[],
  options: DownloadOptions,
  signal: AbortSignal,
): Promise<void> {
  // How far away the machine is shows when the first program is started there.
  const mayBeFar = host.lane !== undefined && laneCount(host.roundTripMs ?? Number.POSITIVE_INFINITY) > 1;
  const isLarge = ({ size = wideFromBytes }: WantedDownload): boolean =>
    mayBeFar && options.background !== true && size >= wideFromBytes;
  try {
    const others = files.filter((file) => !isLarge(file));
    if (others.length > 0) await downloadInTurn(host, runtime, others, options, signal);
    for (const file of files.filter(isLarge))
      await downloadRanges(host, runtime, file, options.onDownloaded, signal);
  } finally {
    for (const { part } of files) await part.close();
  }
}

/** One stream for all of them. */
async function downloadInTurn(
  host: Host,
  runtime: RuntimeFiles,
  files: readonly WantedDownload[],
  { onDownloaded, background = false }: DownloadOptions,
  signal: AbortSignal,
): Promise<void> {
  const wanted = files.map(({ remotePath, part }) => ({
    path: remotePath,
    offset: part.length,
    prefix: part.sha256,
  }));
  const request = { op: 'read', files: wanted, background };
  const transfer = await startApartWherePossible(host, runtime, request, signal);
  try {
    for (const file of files) await receiveFile(transfer, host, file, onDownloaded);
  } finally {
    transfer.close();
  }
}

/** A machine, or a network on the way, that lets no second connection in has it over the first. */
async function startApartWherePossible(
  host: Host,
  runtime: RuntimeFiles,
  request: unknown,
  signal: AbortSignal,
): Promise<TransferProcess> {
  try {
    return await TransferProcess.startApart(host, runtime, request, signal);
  } catch (error) {
    if (!(error instanceof ConnectionError)) throw error;
    return TransferProcess.start(host, runtime, request, signal);
  }
}

async function receiveFile(
  transfer: TransferProcess,
  host: Host,
  { part, remotePath }: WantedDownload,
  onDownloaded: OnDownloaded,
): Promise<void> {
  let size = 0;
  for (;;) {
    const next = await transfer.next();
    if (next.kind === 'D') {
      const { payload } = next;
      const { length } = payload;
      await part.append(payload, () => freeUpTo(payload));
      onDownloaded(length, size);
      continue;
    }
    const told = transfer.parse(next, answer);
    switch (told.event) {
      case 'file':
        size = told.size;
        if (told.offset !== part.length) {
          onDownloaded(-part.length, size);
          await part.restart();
        }
        await requireRoom(part.path, size - part.length);
        break;
      case 'changed':
        break;
      case 'end':
        if (told.sha256 === part.sha256 && size === part.length) return part.finish();
        await part.restart();
        throw new MachineError(
          `${textOf(remotePath)} did not arrive from ${host.name} as it is there; fetch it again.`,
        );
    }
  }
}
