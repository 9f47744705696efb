import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../disposable.js';
import { MachineError, messageOf, NotFoundError } from '../errors.js';
import type { Fleet, FleetSnapshot } from '../fleet.js';
import type { MachineFiles } from '../jobs/machineFiles.js';
import type { HostFile, HostFiles } from '../remote/hostFiles.js';
import type { DownloadProgress } from '../remote/transfer/download.js';
import type { FetchResult } from '../remote/transfer/fetch.js';
import { formatBytes } from '../format.js';
import type { Trainyard } from '../trainyard.js';
import { can } from './jobAbilities.js';

/** `trainyard-machine://digits-7f3k2a/home/me/.trainyard/runs/…`: a file on the machine of a job. */
export const machineScheme = 'trainyard-machine';

/** VS Code wants a file it opens in memory, whole. */
const largestOpenedBytes = 100 * 1024 * 1024;

/** The files on the machines of jobs, to be looked at: nothing here writes. Connections end with the machine. */
export class MachineFileSystem implements vscode.FileSystemProvider, Disposable {
  readonly #engine: Trainyard;
  readonly #own = new DisposableStore();
  readonly #changes = this.#own.add(new vscode.EventEmitter<vscode.FileChangeEvent[]>());
  readonly onDidChangeFile = this.#changes.event;
  readonly #ending = new AbortController();
  readonly #machines = new Map<string, Promise<MachineFiles>>();

  constructor(engine: Trainyard, fleet: Fleet) {
    this.#engine = engine;
    const options = { isReadonly: true, isCaseSensitive: true };
    this.#own.add(vscode.workspace.registerFileSystemProvider(machineScheme, this, options));
    this.#own.add(fleet.onDidChange.on((snapshot) => this.#endGone(snapshot)));
  }

  /** The folder of a job's run on its machine. @throws what {@link MachineFiles.open} throws */
  async jobFolder(jobId: string, signal: AbortSignal): Promise<vscode.Uri> {
    const path = await (await this.#machine(jobId)).jobFolder(signal);
    return vscode.Uri.from({ scheme: machineScheme, authority: jobId, path });
  }

  /** What is in a folder, folders first. */
  async list(folder: vscode.Uri): Promise<readonly HostFile[]> {
    const files = await this.#files(folder);
    const rank = ({ kind }: HostFile): number => (kind === 'folder' ? 0 : 1);
    return [...(await files.list(folder.path))].sort(
      (a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name),
    );
  }

  /** Brings a file of any size here, see {@link MachineFiles.bring}. @param to absolute */
  async download(
    file: vscode.Uri,
    to: string,
    onProgress: (progress: DownloadProgress) => void,
    signal: AbortSignal,
  ): Promise<FetchResult> {
    const machine = await this.#machine(file.authority);
    return machine.bring({ remotePath: file.path, localPath: to }, onProgress, signal);
  }

  async stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    const file = await this.#told(uri, (files) => files.look(uri.path));
    return {
      type: typeOf(file),
      size: file.bytes,
      ctime: 0,
      mtime: file.modifiedMs,
      permissions: vscode.FilePermission.Readonly,
    };
  }

  async readDirectory(uri: vscode.Uri): Promise<[string, vscode.FileType][]> {
    const listed = await this.#told(uri, (files) => files.list(uri.path));
    return listed.map((file) => [file.name, typeOf(file)]);
  }

  readFile(uri: vscode.Uri): Promise<Uint8Array> {
    return this.#told(uri, async (files) => {
      const { bytes } = await files.look(uri.path);
      if (bytes > largestOpenedBytes) throw tooLarge(uri, bytes);
      const parts: Uint8Array[] = [];
      for await (const part of files.read(uri.path) as AsyncIterable<Uint8Array>) parts.push(part);
      return Buffer.concat(parts);
    });
  }

  /** Nothing tells us of changes there; a file is read anew when it is opened. */
  watch(): vscode.Disposable {
    return new vscode.Disposable(() => undefined);
  }

  createDirectory(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  writeFile(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  delete(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  rename(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  dispose(): void {
    this.#ending.abort();
    this.#own.dispose();
    for (const jobId of [...this.#machines.keys()]) this.#end(jobId);
  }

  async #files({ authority }: vscode.Uri): Promise<HostFiles> {
    return (await this.#machine(authority)).open(this.#ending.signal);
  }

  #machine(jobId: string): Promise<MachineFiles> {
    const known = this.#machines.get(jobId);
    if (known) return known;
    const opening = this.#engine.job(jobId).then((job) => this.#engine.machineFiles(job));
    this.#machines.set(jobId, opening);
    opening.catch(() => this.#machines.delete(jobId));
    return opening;
  }

  /** What went wrong in the words of VS Code's file systems; the message is what a person reads. */
  async #told<T>(uri: vscode.Uri, use: (files: HostFiles) => Promise<T>): Promise<T> {
    try {
      return await use(await this.#files(uri));
    } catch (error) {
      if (error instanceof NotFoundError) throw vscode.FileSystemError.FileNotFound(uri);
      throw vscode.FileSystemError.Unavailable(messageOf(error));
    }
  }

  #endGone({ jobs }: FleetSnapshot): void {
    for (const jobId of this.#machines.keys()) {
      const entry = jobs.find(({ id }) => id === jobId);
      if (!entry || !('job' in entry) || !can(entry.job, 'hasMachine')) this.#end(jobId);
    }
  }

  #end(jobId: string): void {
    const machine = this.#machines.get(jobId);
    this.#machines.delete(jobId);
    void machine?.then((files) => files.dispose()).catch(() => undefined);
  }
}

/** A link is what it leads to. */
function typeOf({ kind }: HostFile): vscode.FileType {
  switch (kind) {
    case 'file':
      return vscode.FileType.File;
    case 'folder':
      return vscode.FileType.Directory;
    case 'other':
      return vscode.FileType.Unknown;
    default:
      return kind satisfies never;
  }
}

const tooLarge = ({ path }: vscode.Uri, bytes: number): MachineError =>
  new MachineError(
    vscode.l10n.t(
      '{0} has {1}, and VS Code opens files of up to {2} from a machine. Download it instead.',
      path,
      formatBytes(bytes),
      formatBytes(largestOpenedBytes),
    ),
  );
