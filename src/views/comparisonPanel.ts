import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../disposable.js';
import { messageOf } from '../errors.js';
import type { Logger } from '../logger.js';
import type { ComparisonTable, ToComparison } from '../protocol.js';
import { comparisonMarkdown } from './comparisonMarkdown.js';
import type { ComparisonSource } from './comparisonSource.js';
import { parseFromComparison } from './fromPanel.js';
import { loadPage, type PanelPage } from './panelPage.js';

export interface ComparisonPanelOptions {
  readonly extensionUri: vscode.Uri;
  readonly logger: Logger;
  /** Of those jobs that are still there. */
  readonly open: (jobIds: readonly string[]) => Promise<ComparisonSource>;
  readonly showJob: (jobId: string) => void;
  /** Lets the user keep a picture of the charts, a PNG. Shows its own errors. */
  readonly keepPicture: (name: string, png: Uint8Array) => void;
}

export const comparisonPage = ({ extensionUri }: ComparisonPanelOptions): PanelPage => ({
  extensionUri,
  script: 'comparison.js',
  modelSamples: null,
});

/** One webview panel that compares jobs. Ends with its tab; safe to dispose twice, and leaves the tab alone. */
export class ComparisonPanel implements Disposable {
  readonly jobIds: readonly string[];
  readonly #panel: vscode.WebviewPanel;
  readonly #options: ComparisonPanelOptions;
  readonly #own = new DisposableStore();
  /** The page runs and listens. */
  #ready = false;
  #source: ComparisonSource | undefined;

  constructor(panel: vscode.WebviewPanel, jobIds: readonly string[], options: ComparisonPanelOptions) {
    this.jobIds = jobIds;
    this.#panel = panel;
    this.#options = options;
    this.#own.add(panel.onDidDispose(() => this.dispose()));
    this.#own.add(panel.webview.onDidReceiveMessage((message: unknown) => this.#receive(message)));
    this.#own.add(
      panel.onDidChangeViewState(() => {
        if (!panel.visible) this.#ready = false;
      }),
    );
    loadPage(panel, comparisonPage(options));
    void this.#load();
  }

  reveal(): void {
    this.#panel.reveal();
  }

  onDidClose(listener: () => void): Disposable {
    return this.#panel.onDidDispose(listener);
  }

  dispose(): void {
    this.#own.dispose();
  }

  async #load(): Promise<void> {
    try {
      const source = this.#own.add(await this.#options.open(this.jobIds));
      if (this.#own.isDisposed) return;
      this.#own.add(source.onDidChange.on((message) => this.#send(message)));
      this.#source = source;
      this.#sendEverything();
    } catch (error) {
      this.#options.logger.error(`comparison open → ${messageOf(error)}`);
      void vscode.window.showErrorMessage(
        vscode.l10n.t('These jobs could not be compared: {0}', messageOf(error)),
      );
    }
  }

  #receive(received: unknown): void {
    const message = parseFromComparison(received);
    switch (message?.type) {
      case 'ready':
        this.#ready = true;
        this.#sendEverything();
        break;
      case 'showJob':
        this.#options.showJob(message.jobId);
        break;
      case 'copyTable':
        if (this.#source) void this.#copy(this.#source.table);
        break;
      case 'picture':
        this.#options.keepPicture(this.#panel.title, Buffer.from(message.png, 'base64'));
        break;
      case undefined:
        this.#options.logger.warn('comparison message → ignored, not one of ours');
        break;
      default:
        message satisfies never;
    }
  }

  async #copy(table: ComparisonTable): Promise<void> {
    await vscode.env.clipboard.writeText(comparisonMarkdown(table));
    void vscode.window.setStatusBarMessage(vscode.l10n.t('The comparison is in the clipboard.'), 5_000);
  }

  #sendEverything(): void {
    if (this.#ready && this.#source) this.#send(this.#source.snapshot());
  }

  #send(message: ToComparison): void {
    if (this.#ready) void this.#panel.webview.postMessage(message);
  }
}
