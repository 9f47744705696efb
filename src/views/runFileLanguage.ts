import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../disposable.js';
import type { FoundProblem } from '../jobs/jobFileCheck.js';
import type { NamedPlace } from '../jobs/jobFileFields.js';
import type { Trainyard } from '../trainyard.js';
import { toSignal } from './cancellable.js';
import type { Completion } from './runFile/completions.js';

/** As long as somebody types, nothing is checked. */
const pauseMs = 300;

const runFiles: vscode.DocumentSelector = {
  scheme: 'file',
  pattern: '**/{trainyard.yaml,trainyard.yml,*.trainyard.yaml,*.trainyard.yml}',
};

/**
 * Completion, hover and problems of a `trainyard.yaml`, by what the engine itself understands. Where Red Hat's YAML
 * extension is at work, it completes, explains and checks by our JSON Schema; then only what no schema can know is said
 * here.
 */
export class RunFileLanguage implements vscode.CompletionItemProvider, vscode.HoverProvider, Disposable {
  readonly #engine: Trainyard;
  readonly #own = new DisposableStore();
  readonly #shown = this.#own.add(vscode.languages.createDiagnosticCollection('trainyard.yaml'));
  /** By document. */
  readonly #pauses = new Map<vscode.TextDocument, NodeJS.Timeout>();

  constructor(engine: Trainyard) {
    this.#engine = engine;
    const { workspace, languages, extensions } = vscode;
    this.#own.add(languages.registerCompletionItemProvider(runFiles, this, ' ', '[', '{', ',', '/'));
    this.#own.add(languages.registerHoverProvider(runFiles, this));
    this.#own.add(workspace.onDidOpenTextDocument((document) => this.#checkSoon(document, 0)));
    this.#own.add(workspace.onDidChangeTextDocument(({ document }) => this.#checkSoon(document, pauseMs)));
    this.#own.add(workspace.onDidCloseTextDocument((document) => this.#forget(document)));
    this.#own.add(extensions.onDidChange(() => this.#checkAll()));
    this.#own.add({ dispose: () => this.#pauses.forEach((pause) => clearTimeout(pause)) });
    this.#checkAll();
  }

  async provideCompletionItems(
    document: vscode.TextDocument,
    position: vscode.Position,
    token: vscode.CancellationToken,
  ): Promise<vscode.CompletionItem[]> {
    const { completionsAt, foldersAt, recipeAt } = await import('./later.js');
    const [text, offset] = [document.getText(), document.offsetAt(position)];
    const until = (start: number): vscode.Range => new vscode.Range(document.positionAt(start), position);
    const folders = await foldersAt(text, offset, document.uri.fsPath);
    const rows = folders.map(({ label, start }) => {
      const item = new vscode.CompletionItem(label, vscode.CompletionItemKind.Folder);
      item.range = until(start);
      return item;
    });
    if (hasYamlExtension()) return rows;
    const recipe = await recipeAt(text, offset, document.uri.fsPath, toSignal(token));
    const all = completionsAt(text, offset, await this.#places(), recipe);
    return [...rows, ...all.map((completion, rank) => toItem(completion, rank, until(completion.start)))];
  }

  async provideHover(
    document: vscode.TextDocument,
    position: vscode.Position,
    token: vscode.CancellationToken,
  ): Promise<vscode.Hover | undefined> {
    if (hasYamlExtension()) return undefined;
    const { explanationAt, recipeAt } = await import('./later.js');
    const [text, offset] = [document.getText(), document.offsetAt(position)];
    const recipe = await recipeAt(text, offset, document.uri.fsPath, toSignal(token));
    const found = explanationAt(text, offset, await this.#places(), recipe);
    if (!found) return undefined;
    return new vscode.Hover(new vscode.MarkdownString(found.markdown), toRange(document, found.range));
  }

  dispose(): void {
    this.#own.dispose();
  }

  #checkAll(): void {
    for (const document of vscode.workspace.textDocuments) this.#checkSoon(document, 0);
  }

  #checkSoon(document: vscode.TextDocument, afterMs: number): void {
    if (vscode.languages.match(runFiles, document) === 0) return;
    clearTimeout(this.#pauses.get(document));
    const check = (): void => {
      this.#check(document).catch((error: unknown) => {
        this.#engine.logger.error(`run file check → ${String(error)}`);
      });
    };
    this.#pauses.set(document, setTimeout(check, afterMs));
  }

  #forget(document: vscode.TextDocument): void {
    clearTimeout(this.#pauses.get(document));
    this.#pauses.delete(document);
    this.#shown.delete(document.uri);
  }

  async #check(document: vscode.TextDocument): Promise<void> {
    const { checkJobFile, checkJobFileFolders } = await import('./later.js');
    const [text, version] = [document.getText(), document.version];
    const { providers, sshHosts } = this.#engine;
    const knownHosts = await sshHosts.list();
    const problems = [
      ...checkJobFile(text, { clouds: providers.clouds, knownHosts, identityFiles: [] }),
      ...(await checkJobFileFolders(text, document.uri.fsPath)),
    ];
    // A newer text is checked when its own pause is over.
    if (document.isClosed || document.version !== version) return;
    const ours = hasYamlExtension() ? problems.filter(({ isInSchema }) => !isInSchema) : problems;
    this.#shown.set(
      document.uri,
      ours.map((problem) => toDiagnostic(problem, document)),
    );
  }

  /** What can be named without an address, and the machines that are known by theirs. */
  async #places(): Promise<NamedPlace[]> {
    const { own, clouds } = this.#engine.providers;
    const hosts = await this.#engine.sshHosts.list();
    return [
      ...own.filter(({ id }) => id === 'local'),
      ...hosts.map(({ destination }) => ({ id: `ssh:${destination}`, title: destination })),
      ...clouds,
    ];
  }
}

/** The YAML extension that the manifest's `yamlValidation` speaks to. */
const hasYamlExtension = (): boolean =>
  vscode.extensions.getExtension('redhat.vscode-yaml')?.isActive === true;

function toItem(completion: Completion, rank: number, range: vscode.Range): vscode.CompletionItem {
  const { label, kind, insert, detail, help } = completion;
  const { Property, Value } = vscode.CompletionItemKind;
  const item = new vscode.CompletionItem(label, kind === 'field' ? Property : Value);
  item.insertText = insert;
  item.range = range;
  item.detail = detail;
  item.documentation = new vscode.MarkdownString(help);
  item.sortText = String(rank).padStart(3, '0');
  if (kind === 'field') item.command = { command: 'editor.action.triggerSuggest', title: '' };
  return item;
}

function toDiagnostic({ message, range }: FoundProblem, document: vscode.TextDocument): vscode.Diagnostic {
  const sentence = `${message.charAt(0).toUpperCase()}${message.slice(1)}`;
  const where = toRange(document, range ?? { start: 0, end: 0 });
  const diagnostic = new vscode.Diagnostic(where, sentence, vscode.DiagnosticSeverity.Error);
  diagnostic.source = 'Trainyard';
  return diagnostic;
}

const toRange = (
  document: vscode.TextDocument,
  { start, end }: { readonly start: number; readonly end: number },
): vscode.Range => new vscode.Range(document.positionAt(start), document.positionAt(end));
