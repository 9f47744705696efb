import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../disposable.js';
import { messageOf } from '../errors.js';
import type { Fleet } from '../fleet.js';
import { markOf } from '../jobs/rented/label.js';
import type { Trainyard } from '../trainyard.js';
import { changedRows, toTree } from './fleetTree.js';
import type { LiveProgress } from './liveProgress.js';
import type { PortForwards } from './portForwards.js';
import { problemRow, type Subject, type TreeRow } from './treeRow.js';

const viewId = 'trainyard';
/** How often time and percent of running jobs are drawn again: a row drawn more often loses its tooltip at once. */
const clockMs = 5_000;

/** The element of a row: the same object as long as the row is there, so that VS Code can be told what changed. */
export class RowHandle {
  readonly id: string;
  readonly subject: Subject;

  constructor(id: string, subject: Subject) {
    this.id = id;
    this.subject = subject;
  }
}

/** Trainyard's view in the side bar. It keeps the fleet looked up only while it is visible. */
export class FleetView implements vscode.TreeDataProvider<RowHandle>, Disposable {
  readonly #engine: Trainyard;
  readonly #mark: string;
  readonly #fleet: Fleet;
  readonly #progress: LiveProgress;
  readonly #ports: PortForwards;
  readonly #own = new DisposableStore();
  readonly #changes = this.#own.add(new vscode.EventEmitter<RowHandle | undefined>());
  readonly onDidChangeTreeData = this.#changes.event;
  readonly #rows = new Map<string, { readonly row: TreeRow; readonly handle: RowHandle }>();
  readonly #view: vscode.TreeView<RowHandle>;
  #tree: readonly TreeRow[] = [];
  /** Why nothing could be looked at, the last time it was asked for. */
  #failure: string | null = null;
  #firstLook: Promise<void> | undefined;
  #watching: DisposableStore | undefined;

  constructor(engine: Trainyard, fleet: Fleet, progress: LiveProgress, ports: PortForwards) {
    this.#engine = engine;
    this.#mark = markOf(engine.home);
    this.#fleet = fleet;
    this.#progress = progress;
    this.#ports = ports;
    this.#own.add(ports.onDidChange.on(() => this.#draw()));
    this.#own.add(
      fleet.onDidChange.on(() => {
        this.#failure = null;
        this.#draw();
      }),
    );
    this.#view = this.#own.add(vscode.window.createTreeView(viewId, { treeDataProvider: this }));
    this.#own.add(this.#view.onDidChangeVisibility(({ visible }) => this.#watch(visible)));
    this.#own.add({ dispose: () => this.#watching?.dispose() });
    this.#watch(this.#view.visible);
  }

  async getChildren(parent?: RowHandle): Promise<RowHandle[]> {
    if (!parent) {
      await (this.#firstLook ??= this.look());
      return this.#tree.map((row) => this.#handleOf(row));
    }
    const known = this.#rows.get(parent.id);
    return (known?.row.children ?? []).map((row) => this.#handleOf(row));
  }

  getTreeItem(handle: RowHandle): vscode.TreeItem {
    const row = this.#rows.get(handle.id)?.row;
    return row ? toTreeItem(row, handle) : new vscode.TreeItem(handle.id);
  }

  /** Looks at everything anew, as after a user's action. What cannot be looked at becomes a row. */
  async look(): Promise<void> {
    try {
      await this.#fleet.refresh();
      this.#failure = null;
    } catch (error) {
      this.#failure = messageOf(error);
    }
    this.#draw();
  }

  dispose(): void {
    this.#own.dispose();
  }

  #watch(visible: boolean): void {
    this.#watching?.dispose();
    this.#watching = undefined;
    if (!visible) return;
    this.#watching = new DisposableStore();
    this.#watching.add(this.#fleet.watch());
    const clock = setInterval(() => this.#draw(), clockMs);
    this.#watching.add({ dispose: () => clearInterval(clock) });
  }

  #draw(): void {
    const { snapshot } = this.#fleet;
    const context = {
      paces: this.#progress.paces,
      ports: this.#ports.open,
      now: Date.now(),
      mark: this.#mark,
      clouds: this.#engine.providers.clouds,
    };
    this.#replace(
      this.#failure === null ? toTree(snapshot, context) : [problemRow('problem', this.#failure)],
    );
    const hasNoJobs = this.#tree.length > 0 && snapshot.jobs.length === 0 && this.#failure === null;
    this.#view.message = hasNoJobs
      ? vscode.l10n.t('No jobs yet. Right-click a dataset folder in the Explorer to train on it.')
      : '';
  }

  #replace(tree: readonly TreeRow[]): void {
    const changed = changedRows(this.#tree, tree);
    this.#tree = tree;
    this.#index(tree);
    for (const id of changed) {
      this.#changes.fire(id === null ? undefined : this.#rows.get(id)?.handle);
    }
  }

  #index(tree: readonly TreeRow[]): void {
    const present = new Set<string>();
    const visit = (row: TreeRow): void => {
      present.add(row.id);
      this.#rows.set(row.id, { row, handle: this.#handleOf(row) });
      row.children.forEach(visit);
    };
    tree.forEach(visit);
    for (const id of this.#rows.keys()) if (!present.has(id)) this.#rows.delete(id);
  }

  #handleOf({ id, subject }: TreeRow): RowHandle {
    return this.#rows.get(id)?.handle ?? new RowHandle(id, subject);
  }
}

function toTreeItem(row: TreeRow, handle: RowHandle): vscode.TreeItem {
  const { id, label, description, icon, tags, subject } = row;
  const item = new vscode.TreeItem(
    label,
    mayHoldRows(row) ? vscode.TreeItemCollapsibleState.Expanded : vscode.TreeItemCollapsibleState.None,
  );
  item.id = id;
  item.description = description;
  item.tooltip = toTooltip(row);
  item.contextValue = tags.join(' ');
  item.iconPath = new vscode.ThemeIcon(
    icon.name,
    icon.color === undefined ? undefined : new vscode.ThemeColor(icon.color),
  );
  item.accessibilityInformation = { label: [label, description].filter((text) => text !== '').join(', ') };
  if (subject.kind === 'job') {
    item.command = {
      command: 'trainyard.job.showPanel',
      title: vscode.l10n.t('Show Panel'),
      arguments: [handle],
    };
  } else if (subject.kind === 'port') {
    item.command = {
      command: 'trainyard.port.browse',
      title: vscode.l10n.t('Open in Browser'),
      arguments: [handle],
    };
  }
  return item;
}

/**
 * A job is open only while ports of its machine lead here. A machine of the user's own is open before it has its first job: VS Code would keep a row closed that could not be
 * opened. What somebody else rented never has one.
 */
const mayHoldRows = ({ subject, tags, children }: TreeRow): boolean =>
  subject.kind === 'provider' ||
  children.length > 0 ||
  (subject.kind === 'instance' && !tags.includes('foreign'));

/** Names of users' files may hold anything: they are shown as text, never as Markdown. */
function toTooltip({ label, description, facts }: TreeRow): vscode.MarkdownString {
  const tooltip = new vscode.MarkdownString('**').appendText(label).appendMarkdown('**');
  if (description !== '') tooltip.appendMarkdown(' \u2014 ').appendText(description);
  for (const [name, text] of facts) tooltip.appendMarkdown(`\n\n${name}: `).appendText(text);
  return tooltip;
}
