import { createHash } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import { type BytePath, toBytePath } from './bytePath.js';
import type { Host } from '../host.js';
import { hashLedgerFile } from './hashLedger.js';
import type { ReadingRequest } from './readerMessages.js';
import { readSentHash, sentContentsFile } from './sentContents.js';
import type { SyncSource } from './sync.js';

/** Where an upload goes: the first line that `runtime/upload.py` is told. Known before the upload begins. */
export type UploadRequest =
  | { readonly root: BytePath; readonly source: string; readonly base: string | null }
  | { readonly folder: BytePath };

/** What `runtime/lane.py` is told: nothing before it is admitted. */
export const laneRequest = {};

/** @param place the mirrored folder on the machine; without one, a dataset is made there */
export function uploadRequest(host: Host, source: SyncSource, place: string | undefined): UploadRequest {
  if (place !== undefined) return { folder: toBytePath(place) };
  const base = readSentHash(sentFile(host, source, host.root)) ?? null;
  return { root: toBytePath(host.root), source: sourceName(source.folder), base };
}

/** What is read for it. @param place as above */
export function readingRequest(host: Host, source: SyncSource, place: string | undefined): ReadingRequest {
  const { folder, ignored = [], cacheDir } = source;
  return {
    folder,
    ignored,
    ledgerFile: hashLedgerFile(cacheDir, folder),
    sentFile: sentFile(host, source, place ?? host.root),
    keepsTrees: place === undefined,
    usesBase: true,
    distrusted: [],
  };
}

/** Where it is remembered what was last sent to a place on the machine. */
function sentFile(host: Host, { cacheDir, folder }: SyncSource, place: string): string {
  return sentContentsFile(cacheDir, folder, `${host.name} ${place}`);
}

/** Names a folder of this computer to a machine, so that an upload that was cut is found again by the next one. */
function sourceName(folder: string): string {
  const source = JSON.stringify([hostname(), userInfo().username, folder]);
  return createHash('sha256').update(source).digest('hex');
}
