import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../disposable.js';
import { messageOf } from '../errors.js';
import type { Fleet, FleetSnapshot } from '../fleet.js';
import { markOf } from '../jobs/rented/label.js';
import type { Trainyard } from '../trainyard.js';
import { changedRows, describeChoice, toTree } from './fleetTree.js';
import { draggedFiles } from './jobDrag.js';
import type { LiveProgress } from './liveProgress.js';
import type { OpenPort, PortForwards } from './portForwards.js';
import { groupOf, parseTreeChoice, type Grouping, type JobGroup, type TreeChoice } from './treeChoice.js';
import { problemRow, type Subject, type TreeRow } from './treeRow.js';

const viewId = 'trainyard';
/** Where VS Code keeps the user's choice, for each workspace. */
const choiceKey = 'trainyard.tree';
/** How often time and percent of running jobs are drawn again: a row drawn more often loses its tooltip at once. */
const clockMs = 5_000;

interface PlacedRow {
  readonly row: TreeRow;
  readonly handle: RowHandle;
  /** `undefined` at the top. */
  readonly parent: RowHandle | undefined;
}

/** The element of a row: the same object as long as the row is there, so that VS Code can be told what changed. */
export class RowHandle {
  readonly id: string;
  readonly subject: Subject;

  constructor(id: string, subject: Subject) {
    this.id = id;
    this.subject = subject;
  }
}

export interface FleetViewOptions {
  readonly engine: Trainyard;
  readonly fleet: Fleet;
  readonly progress: LiveProgress;
  readonly ports: PortForwards;
  /** Keeps which jobs are shown. */
  readonly memento: vscode.Memento;
}

/** Trainyard's view in the side bar. It keeps the fleet looked up only while it is visible. */
export class FleetView
  implements vscode.TreeDataProvider<RowHandle>, vscode.TreeDragAndDropController<RowHandle>, Disposable
{
  readonly dragMimeTypes = ['text/uri-list'];
  readonly dropMimeTypes = [];
  readonly #engine: Trainyard;
  readonly #mark: string;
  readonly #fleet: Fleet;
  readonly #progress: LiveProgress;
  readonly #memento: vscode.Memento;
  readonly #ports: PortForwards;
  readonly #own = new DisposableStore();
  readonly #changes = this.#own.add(new vscode.EventEmitter<RowHandle | undefined>());
  readonly onDidChangeTreeData = this.#changes.event;
  readonly #rows = new Map<string, PlacedRow>();
  readonly #view: vscode.TreeView<RowHandle>;
  #tree: readonly TreeRow[] = [];
  #choice: TreeChoice;
  /** Why nothing could be looked at, the last time it was asked for. */
  #failure: string | null = null;
  #firstLook: Promise<void> | undefined;
  #watching: DisposableStore | undefined;

  constructor({ engine, fleet, progress, ports, memento }: FleetViewOptions) {
    this.#engine = engine;
    this.#mark = markOf(engine.home);
    this.#fleet = fleet;
    this.#progress = progress;
    this.#memento = memento;
    this.#choice = parseTreeChoice(memento.get(choiceKey));
    this.#ports = ports;
    this.#own.add(ports.onDidChange.on(() => this.#draw()));
    this.#own.add(
      fleet.onDidChange.on(() => {
        this.#failure = null;
        this.#draw();
      }),
    );
    this.#view = this.#own.add(
      vscode.window.createTreeView(viewId, {
        treeDataProvider: this,
        dragAndDropController: this,
        canSelectMany: true,
        showCollapseAll: true,
      }),
    );
    this.#tellChoice();
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

  getParent({ id }: RowHandle): RowHandle | undefined {
    return this.#rows.get(id)?.parent;
  }

  getTreeItem(handle: RowHandle): vscode.TreeItem {
    const row = this.#rows.get(handle.id)?.row;
    return row ? toTreeItem(row, handle) : new vscode.TreeItem(handle.id);
  }

  /** Which jobs are shown, and below what. */
  get choice(): TreeChoice {
    return this.#choice;
  }

  /** Shows only jobs of these groups; all of them when there is none. Remembered for the workspace. */
  filter(groups: readonly JobGroup[]): void {
    this.#choose({ ...this.#choice, groups });
  }

  /** Shows jobs below machines or below the folders they were started from. Remembered for the workspace. */
  groupBy(grouping: Grouping): void {
    this.#choose({ ...this.#choice, grouping });
  }

  /**
   * Opens the row of a job for a port that leads here now: VS Code keeps a row closed that had none below it. A view that
   * is not in sight stays so.
   */
  async showPort({ jobId, port }: OpenPort): Promise<void> {
    if (!this.#view.visible) return;
    const placed = [...this.#rows.values()].find(
      ({ row: { subject } }) => subject.kind === 'port' && subject.jobId === jobId && subject.port === port,
    );
    if (placed) await this.#view.reveal(placed.handle, { select: false });
  }

  /** Jobs are dragged out as their model, or their log where there is none. Nothing is dropped here. */
  handleDrag(source: readonly RowHandle[], transfer: vscode.DataTransfer): void {
    const ids = new Set(source.map(({ subject }) => (subject.kind === 'job' ? subject.jobId : null)));
    const jobs = this.#fleet.snapshot.jobs.flatMap((entry) =>
      'job' in entry && ids.has(entry.id) ? [entry.job] : [],
    );
    if (jobs.length === 0) return;
    const files = draggedFiles(jobs, (jobId) => this.#engine.folder(jobId).log);
    transfer.set('text/uri-list', new vscode.DataTransferItem(files));
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

  #choose(choice: TreeChoice): void {
    this.#choice = choice;
    void this.#memento.update(choiceKey, choice);
    this.#tellChoice();
    this.#draw();
  }

  /** The view's buttons offer what can be changed about it. */
  #tellChoice(): void {
    const { groups, grouping } = this.#choice;
    void vscode.commands.executeCommand('setContext', 'trainyard.isFiltered', groups.length > 0);
    void vscode.commands.executeCommand('setContext', 'trainyard.grouping', grouping);
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
      choice: this.#choice,
      openFolders: (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath),
    };
    this.#replace(
      this.#failure === null ? toTree(snapshot, context) : [problemRow('problem', this.#failure)],
    );
    this.#view.message = this.#messageFor(snapshot);
    this.#view.badge = badgeFor(snapshot);
  }

  #messageFor(snapshot: FleetSnapshot): string {
    if (this.#failure !== null || this.#tree.length === 0) return '';
    if (snapshot.jobs.length === 0) {
      return vscode.l10n.t('No jobs yet. Right-click a dataset folder in the Explorer to train on it.');
    }
    const counts = describeChoice(snapshot, this.#choice);
    if (!counts) return '';
    return vscode.l10n.t(
      'Filtered: {0}. {1} of {2} jobs are shown.',
      this.#choice.groups.map((group) => groupTitle(group)).join(', '),
      counts.shown,
      counts.all,
    );
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
    const visit = (row: TreeRow, parent: RowHandle | undefined): void => {
      const handle = this.#handleOf(row);
      present.add(row.id);
      this.#rows.set(row.id, { row, handle, parent });
      for (const child of row.children) visit(child, handle);
    };
    for (const row of tree) visit(row, undefined);
    for (const id of this.#rows.keys()) if (!present.has(id)) this.#rows.delete(id);
  }

  #handleOf({ id, subject }: TreeRow): RowHandle {
    return this.#rows.get(id)?.handle ?? new RowHandle(id, subject);
  }
}

/** Running jobs in the activity bar. */
function badgeFor({ jobs }: FleetSnapshot): vscode.ViewBadge | undefined {
  const value = jobs.filter((entry) => 'job' in entry && groupOf(entry.job) === 'running').length;
  if (value === 0) return undefined;
  const tooltip = value === 1 ? vscode.l10n.t('1 job runs') : vscode.l10n.t('{0} jobs run', value);
  return { value, tooltip };
}

/** What a group is called where people choose it. */
export function groupTitle(group: JobGroup): string {
  switch (group) {
    case 'running':
      return vscode.l10n.t('running');
    case 'succeeded':
      return vscode.l10n.t('succeeded');
    case 'failed':
      return vscode.l10n.t('failed');
    case 'cancelled':
      return vscode.l10n.t('cancelled');
    default:
      return group satisfies never;
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
 * A job is open only while ports of its machine lead here. A machine of the user's own is open before it has its first
 * job: VS Code would keep a row closed that could not be opened. What somebody else rented never has one.
 */
const mayHoldRows = ({ subject, tags, children }: TreeRow): boolean =>
  subject.kind === 'provider' ||
  subject.kind === 'workspace' ||
  children.length > 0 ||
  (subject.kind === 'instance' && !tags.includes('foreign'));

/** Names of users' files may hold anything: they are shown as text, never as Markdown. */
function toTooltip({ label, description, facts }: TreeRow): vscode.MarkdownString {
  const tooltip = new vscode.MarkdownString('**').appendText(label).appendMarkdown('**');
  if (description !== '') tooltip.appendMarkdown(' \u2014 ').appendText(description);
  for (const [name, text] of facts) tooltip.appendMarkdown(`\n\n${name}: `).appendText(text);
  return tooltip;
}
