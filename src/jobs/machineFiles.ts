import { posix } from 'node:path';
import type { Disposable } from '../disposable.js';
import type { HostFiles } from '../remote/hostFiles.js';
import type { RuntimeFiles } from '../remote/runtimeFiles.js';
import type { DownloadProgress } from '../remote/transfer/download.js';
import type { FetchPaths, FetchResult } from '../remote/transfer/fetch.js';
import { bringFile } from './bringFile.js';
import type { Machine } from './machine.js';

/** The files on a job's machine, opened when first needed and anew after a loss. Owns the machine. */
export class MachineFiles implements Disposable {
  readonly #machine: Machine;
  readonly #runtime: RuntimeFiles;
  readonly #jobId: string;
  #files: Promise<HostFiles> | undefined;

  constructor(machine: Machine, runtime: RuntimeFiles, jobId: string) {
    this.#machine = machine;
    this.#runtime = runtime;
    this.#jobId = jobId;
  }

  /** @throws {MachineError | ConnectionError | AuthError | HostKeyError} they cannot be had */
  async open(signal: AbortSignal): Promise<HostFiles> {
    const known = await this.#files?.catch(() => undefined);
    if (known?.isOpen === true) return known;
    const opening = this.#machine.host(signal).then((host) => host.files(signal));
    this.#files = opening;
    return opening;
  }

  /** The folder of the job's run there: absolute. */
  async jobFolder(signal: AbortSignal): Promise<string> {
    const { root } = await this.#machine.host(signal);
    return (await this.open(signal)).absolute(posix.join(root, 'runs', this.#jobId));
  }

  /** Brings one of them here, see {@link bringFile}. */
  async bring(
    paths: FetchPaths,
    onProgress: (progress: DownloadProgress) => void,
    signal: AbortSignal,
  ): Promise<FetchResult> {
    return bringFile(await this.#machine.host(signal), this.#runtime, paths, onProgress, signal);
  }

  dispose(): void {
    void this.#files?.then((files) => files.dispose()).catch(() => undefined);
    this.#machine.dispose();
  }
}
