import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../disposable.js';
import { messageOf } from '../errors.js';
import type { Fleet } from '../fleet.js';
import { formatBytes } from '../format.js';
import type { HostFile } from '../remote/hostFiles.js';
import type { MachineFileSystem } from './machineFileSystem.js';
import { can } from './jobAbilities.js';

const viewId = 'trainyard.files';
const contextKey = 'trainyard.showsFiles';

/** A row of the view: a file, or why a folder could not be listed. */
export class FileRow {
  readonly uri: vscode.Uri;
  readonly file: HostFile | undefined;
  readonly problem: string | undefined;

  constructor(uri: vscode.Uri, file: HostFile | undefined, problem?: string) {
    this.uri = uri;
    this.file = file;
    this.problem = problem;
  }
}

/** The folder of one job on its machine, beside the tree of jobs, from when it is asked for until its machine is gone. */
export class MachineFilesView implements vscode.TreeDataProvider<FileRow>, Disposable {
  readonly #files: MachineFileSystem;
  readonly #own = new DisposableStore();
  readonly #changes = this.#own.add(new vscode.EventEmitter<FileRow | undefined>());
  readonly onDidChangeTreeData = this.#changes.event;
  readonly #view: vscode.TreeView<FileRow>;
  #root: vscode.Uri | undefined;

  constructor(files: MachineFileSystem, fleet: Fleet) {
    this.#files = files;
    this.#view = this.#own.add(vscode.window.createTreeView(viewId, { treeDataProvider: this }));
    this.#own.add(
      fleet.onDidChange.on(({ jobs }) => {
        const entry = jobs.find(({ id }) => id === this.#root?.authority);
        if (this.#root && !(entry && 'job' in entry && can(entry.job, 'hasMachine'))) this.close();
      }),
    );
  }

  /** Shows the folder of a job's run. @param where what a person calls its machine */
  async show(jobId: string, where: string, signal: AbortSignal): Promise<void> {
    this.#root = await this.#files.jobFolder(jobId, signal);
    this.#view.description = `${jobId} · ${where}`;
    await vscode.commands.executeCommand('setContext', contextKey, true);
    this.refresh();
    await vscode.commands.executeCommand(`${viewId}.focus`);
  }

  refresh(): void {
    this.#changes.fire(undefined);
  }

  close(): void {
    this.#root = undefined;
    this.refresh();
    void vscode.commands.executeCommand('setContext', contextKey, false);
  }

  async getChildren(row?: FileRow): Promise<FileRow[]> {
    const folder = row?.uri ?? this.#root;
    if (!folder) return [];
    try {
      const listed = await this.#files.list(folder);
      return listed.map((file) => new FileRow(vscode.Uri.joinPath(folder, file.name), file));
    } catch (error) {
      return [new FileRow(folder, undefined, messageOf(error))];
    }
  }

  getTreeItem({ uri, file, problem }: FileRow): vscode.TreeItem {
    if (!file) {
      const item = new vscode.TreeItem(problem ?? '');
      item.iconPath = new vscode.ThemeIcon('warning');
      return item;
    }
    const isFolder = file.kind === 'folder';
    const { Collapsed, None } = vscode.TreeItemCollapsibleState;
    const item = new vscode.TreeItem(uri, isFolder ? Collapsed : None);
    item.contextValue = file.kind;
    item.tooltip = `${uri.path}\n${new Date(file.modifiedMs).toLocaleString()}`;
    if (file.kind !== 'file') return item;
    item.description = formatBytes(file.bytes);
    item.command = { command: 'vscode.open', title: vscode.l10n.t('Open'), arguments: [uri] };
    return item;
  }

  dispose(): void {
    this.#own.dispose();
  }
}
