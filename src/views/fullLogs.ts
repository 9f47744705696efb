import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../disposable.js';
import { hasCode, NotFoundError } from '../errors.js';
import type { LogPages } from '../jobs/logPages.js';
import type { Trainyard } from '../trainyard.js';
import type { FailureMarks } from './fullLog/failureMarks.js';
import { jobOfOutput, logScheme, parseLogPath, pathOfLog, type LogAddress } from './fullLog/logAddress.js';

/** How long a log that grows may go unmarked. */
const marksMs = 1_000;

/**
 * The logs of jobs as documents: read-only, of any size, a page at a time where they are large, because VS Code tells
 * extensions nothing of a document of more than 50 MB. Failing lines are marked and tracebacks lead to the user's files,
 * here and in the output channels of jobs.
 */
export class FullLogs implements vscode.TextDocumentContentProvider, vscode.DocumentLinkProvider, Disposable {
  readonly #engine: Trainyard;
  readonly #media: vscode.Uri;
  readonly #own = new DisposableStore();
  readonly #changes = this.#own.add(new vscode.EventEmitter<vscode.Uri>());
  readonly onDidChange = this.#changes.event;
  #marks: Promise<FailureMarks> | undefined;
  #marking: NodeJS.Timeout | undefined;

  /** @param media the folder of the extension's pictures */
  constructor(engine: Trainyard, media: vscode.Uri) {
    this.#engine = engine;
    this.#media = media;
    const { workspace, window, languages } = vscode;
    const logs = [{ scheme: logScheme }, { scheme: 'output' }];
    this.#own.add(workspace.registerTextDocumentContentProvider(logScheme, this));
    this.#own.add(languages.registerDocumentLinkProvider(logs, this));
    this.#own.add(window.onDidChangeVisibleTextEditors(() => this.#markSoon(0)));
    this.#own.add(
      workspace.onDidChangeTextDocument(({ document }) => {
        if (jobIdOf(document.uri) !== undefined) this.#markSoon(marksMs);
      }),
    );
    this.#own.add(
      workspace.onDidCloseTextDocument((document) => {
        if (document.uri.scheme === logScheme) void this.#marks?.then((marks) => marks.forget(document));
      }),
    );
    this.#own.add({ dispose: () => clearTimeout(this.#marking) });
  }

  /** Shows a page, at a line or at its end. Without a page the last one. @throws {NotFoundError} there is no log yet */
  async open(
    jobId: string,
    at: { readonly page?: number; readonly range?: vscode.Range } = {},
  ): Promise<void> {
    const page = at.page ?? (await (await this.pages(jobId)).count());
    const uri = vscode.Uri.from({ scheme: logScheme, path: pathOfLog({ jobId, page }) });
    const isOpen = vscode.workspace.textDocuments.some(
      (document) => document.uri.toString() === uri.toString(),
    );
    if (isOpen) await this.#reload(uri);
    const document = await vscode.workspace.openTextDocument(uri);
    const end = document.lineAt(document.lineCount - 1).range.end;
    await vscode.window.showTextDocument(document, { selection: at.range ?? new vscode.Range(end, end) });
  }

  /** The page of a document, else of the one that is open in front. @throws {NotFoundError} it shows no log */
  addressOf(target: unknown): LogAddress {
    const uri = target instanceof vscode.Uri ? target : vscode.window.activeTextEditor?.document.uri;
    const address = uri?.scheme === logScheme ? parseLogPath(uri.path) : undefined;
    if (address) return address;
    throw new NotFoundError(vscode.l10n.t('No log is open here. Open one with Open Full Log.'));
  }

  async pages(jobId: string): Promise<LogPages> {
    const { LogPages } = await import('./later.js');
    return new LogPages(this.#engine.folder(jobId).log);
  }

  async provideTextDocumentContent({ path }: vscode.Uri): Promise<string> {
    const address = parseLogPath(path);
    if (!address) throw vscode.FileSystemError.FileNotFound(path);
    const { readPage } = await import('./later.js');
    return readPage(await this.pages(address.jobId), address.page);
  }

  async provideDocumentLinks(document: vscode.TextDocument): Promise<vscode.DocumentLink[]> {
    const jobId = jobIdOf(document.uri);
    if (jobId === undefined) return [];
    try {
      const [{ linksOf }, { spec }] = await Promise.all([import('./later.js'), this.#engine.job(jobId)]);
      return await linksOf(document, spec);
    } catch (error) {
      if (error instanceof NotFoundError || hasCode(error, 'ENOENT')) return [];
      throw error;
    }
  }

  dispose(): void {
    this.#own.dispose();
    void this.#marks?.then((marks) => marks.dispose());
  }

  /** A page that is open is read again only when VS Code hears that it has changed. */
  async #reload(uri: vscode.Uri): Promise<void> {
    const text = await this.provideTextDocumentContent(uri);
    const document = await vscode.workspace.openTextDocument(uri);
    if (document.getText() === text) return;
    const changed = new Promise<void>((resolve) => {
      const listening = vscode.workspace.onDidChangeTextDocument((change) => {
        if (change.document !== document) return;
        listening.dispose();
        resolve();
      });
    });
    this.#changes.fire(uri);
    await changed;
  }

  #markSoon(afterMs: number): void {
    if (this.#marking !== undefined) return;
    this.#marking = setTimeout(() => {
      this.#marking = undefined;
      void this.#markAll();
    }, afterMs);
  }

  async #markAll(): Promise<void> {
    const shown = vscode.window.visibleTextEditors.filter(
      ({ document }) => jobIdOf(document.uri) !== undefined,
    );
    if (shown.length === 0 || this.#own.isDisposed) return;
    this.#marks ??= import('./later.js').then(({ FailureMarks }) => new FailureMarks(this.#media));
    const marks = await this.#marks;
    for (const editor of shown) marks.show(editor);
  }
}

/** The job whose log a document shows; `undefined` for any other document. */
function jobIdOf({ scheme, path }: vscode.Uri): string | undefined {
  if (scheme === logScheme) return parseLogPath(path)?.jobId;
  return scheme === 'output' ? jobOfOutput(path) : undefined;
}
