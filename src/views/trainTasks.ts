import { basename, dirname } from 'node:path';
import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../disposable.js';
import type { TaskDoor } from './tasks/trainTerminal.js';

/** The `type` of our tasks in `tasks.json`. */
const taskType = 'trainyard';
/** More run files than this are a data set, not a choice. */
const mostFiles = 100;

/** Trainings as tasks: every `trainyard.yaml` of the workspace, and what `tasks.json` says. */
export class TrainTasks implements vscode.TaskProvider, Disposable {
  readonly #door: TaskDoor;
  readonly #own = new DisposableStore();

  constructor(door: TaskDoor) {
    this.#door = door;
    this.#own.add(vscode.tasks.registerTaskProvider(taskType, this));
  }

  async provideTasks(): Promise<vscode.Task[]> {
    const found = await vscode.workspace.findFiles(
      '**/{trainyard.yaml,trainyard.yml,*.trainyard.yaml}',
      '**/node_modules/**',
      mostFiles,
    );
    return found.flatMap((uri) => {
      const folder = vscode.workspace.getWorkspaceFolder(uri);
      const path = vscode.workspace.asRelativePath(uri, false);
      return folder ? [this.#task({ type: taskType, path }, folder, nameOf(path))] : [];
    });
  }

  resolveTask({ definition, scope, name }: vscode.Task): vscode.Task | undefined {
    if (scope === undefined) return undefined;
    // VS Code compares what comes back with what it asked for: the definition must be the same object.
    return this.#task(definition, scope, name);
  }

  dispose(): void {
    this.#own.dispose();
  }

  #task(
    definition: vscode.TaskDefinition,
    scope: vscode.WorkspaceFolder | vscode.TaskScope,
    name: string,
  ): vscode.Task {
    const execution = new vscode.CustomExecution(async (resolved) => {
      const { parseTaskDefinition, TrainTerminal } = await import('./later.js');
      return new TrainTerminal(parseTaskDefinition(resolved), folderOf(scope), this.#door);
    });
    const task = new vscode.Task(definition, scope, name, taskType, execution);
    task.presentationOptions = {
      reveal: vscode.TaskRevealKind.Always,
      panel: vscode.TaskPanelKind.Dedicated,
    };
    return task;
  }
}

/** `digits` of `digits/trainyard.yaml`, `big` of `big.trainyard.yaml`. */
function nameOf(path: string): string {
  const [, name] = /^(.+)\.trainyard\.ya?ml$/.exec(basename(path)) ?? [];
  const folder = basename(dirname(path));
  return vscode.l10n.t('train {0}', name ?? (folder === '.' ? path : folder));
}

function folderOf(scope: vscode.WorkspaceFolder | vscode.TaskScope): string {
  if (typeof scope === 'object') return scope.uri.fsPath;
  return vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '';
}
