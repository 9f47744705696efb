import { join, resolve } from 'node:path';
import type { Host } from '../../src/remote/host.js';
import { LocalHost } from '../../src/remote/localHost.js';
import { RuntimeFiles } from '../../src/remote/runtimeFiles.js';
import {
  syncDataset,
  syncFolder,
  type SyncOptions,
  type SyncResult,
  type SyncSource,
} from '../../src/remote/transfer/sync.js';
import { type CleanUp, tempDir } from './tempDir.js';
import { mkdir } from 'node:fs/promises';

export const runtime = new RuntimeFiles(resolve('runtime'));
export const never = new AbortController().signal;

/** Two places with nothing in them: a folder to send and a machine, which is this computer unless told otherwise. */
export class TransferFixture {
  /** The folder that is sent, or what is fetched comes to. */
  readonly here: string;
  /** A folder on the machine that is nobody's. */
  readonly there: string;
  readonly host: Host;
  readonly #cacheDir: string;

  constructor(top: string, host?: Host) {
    this.here = join(top, 'here');
    this.there = join(top, 'there');
    this.#cacheDir = join(top, 'cache');
    this.host = host ?? new LocalHost({ root: join(top, 'root') });
  }

  get source(): SyncSource {
    return { folder: this.here, cacheDir: this.#cacheDir };
  }

  dataset(options: SyncOptions = {}, signal = never): Promise<SyncResult> {
    return syncDataset(this.host, runtime, this.source, options, signal);
  }

  mirror(options: SyncOptions = {}, signal = never): Promise<SyncResult> {
    return syncFolder(this.host, runtime, this.source, this.there, options, signal);
  }
}

export async function transferFixture(test: CleanUp, host?: (top: string) => Host): Promise<TransferFixture> {
  const top = await tempDir(test);
  const fixture = new TransferFixture(top, host?.(top));
  await mkdir(fixture.here);
  await mkdir(fixture.there);
  return fixture;
}
