import * as vscode from 'vscode';
import { messageOf } from '../errors.js';
import type { Logger } from '../logger.js';
import type { ComparisonTable, ToComparison } from '../protocol.js';
import { comparisonMarkdown } from './comparisonMarkdown.js';
import type { ComparisonSource } from './comparisonSource.js';
import { parseFromComparison } from './fromPanel.js';
import { PagePanel } from './pagePanel.js';
import type { PanelPage } from './panelPage.js';

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

/** One webview panel that compares jobs. */
export class ComparisonPanel extends PagePanel<ToComparison> {
  readonly jobIds: readonly string[];
  readonly #options: ComparisonPanelOptions;
  #source: ComparisonSource | undefined;

  constructor(panel: vscode.WebviewPanel, jobIds: readonly string[], options: ComparisonPanelOptions) {
    super(panel, comparisonPage(options));
    this.jobIds = jobIds;
    this.#options = options;
    void this.#load();
  }

  async #load(): Promise<void> {
    try {
      const source = this.own.add(await this.#options.open(this.jobIds));
      if (this.own.isDisposed) return;
      this.own.add(source.onDidChange.on((message) => this.#sendUpdate(message)));
      this.#source = source;
      this.#sendEverything();
    } catch (error) {
      this.#options.logger.error(`comparison open → ${messageOf(error)}`);
      void vscode.window.showErrorMessage(
        vscode.l10n.t('These jobs could not be compared: {0}', messageOf(error)),
      );
    }
  }

  protected override receive(received: unknown): void {
    const message = parseFromComparison(received);
    switch (message?.type) {
      case 'ready':
        this.noteReady();
        this.#sendEverything();
        break;
      case 'showJob':
        this.#options.showJob(message.jobId);
        break;
      case 'copyTable':
        if (this.#source) void this.#copy(this.#source.table);
        break;
      case 'picture':
        this.#options.keepPicture(this.title, Buffer.from(message.png, 'base64'));
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
    if (this.isReady && this.#source) this.send(this.#source.snapshot());
  }

  #sendUpdate(message: ToComparison): void {
    if (this.isReady) this.send(message);
  }
}
