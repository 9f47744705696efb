import type * as vscode from 'vscode';
import type { Disposable, Listener } from '../disposable.js';
import { messageOf, UserError } from '../errors.js';
import type { Logger } from '../logger.js';
import type { PanelAction, PanelSnapshot, PanelUpdate, ToPanel } from '../protocol.js';
import { parseFromPanel } from './fromPanel.js';
import { PagePanel } from './pagePanel.js';
import { PanelOutbox } from './panelOutbox.js';
import type { PanelPage } from './panelPage.js';

/** What a panel shows: one job, as plain data. Disposed with the panel. */
export interface JobPanelSource extends Disposable {
  readonly jobId: string;
  /** Everything known now. An update announced later is not in it, one announced earlier is. */
  snapshot(): PanelSnapshot;
  onDidChange(listener: Listener<PanelUpdate>): Disposable;
  /** Where a checkpoint is on this computer; `null` when it is not. */
  checkpointPath(id: string): string | null;
}

export interface JobPanelOptions {
  readonly extensionUri: vscode.Uri;
  readonly logger: Logger;
  /** The folder with the images that the model of a job draws. */
  readonly modelSamples: (jobId: string) => string;
  /** @throws {NotFoundError} there is no such job */
  readonly open: (jobId: string, signal: AbortSignal) => Promise<JobPanelSource>;
  /** Does what a button says. Shows its own errors. */
  readonly act: (jobId: string, action: PanelAction) => void;
  /** Shows a checkpoint on this computer. Shows its own errors. */
  readonly revealCheckpoint: (path: string) => void;
  /** Lets the user keep a picture of the charts, a PNG. Shows its own errors. */
  readonly keepPicture: (name: string, png: Uint8Array) => void;
}

export function jobPage(jobId: string, { extensionUri, modelSamples }: JobPanelOptions): PanelPage {
  return { extensionUri, script: 'panel.js', modelSamples: modelSamples(jobId) };
}

/** One webview panel of one job. */
export class JobPanel extends PagePanel<ToPanel> {
  readonly jobId: string;
  readonly #options: JobPanelOptions;
  readonly #closing = new AbortController();
  readonly #outbox: PanelOutbox;
  #content: JobPanelSource | { readonly unavailable: string } | undefined;

  constructor(panel: vscode.WebviewPanel, jobId: string, options: JobPanelOptions) {
    super(panel, jobPage(jobId, options));
    this.jobId = jobId;
    this.#options = options;
    this.#outbox = this.own.add(new PanelOutbox((message) => this.send(message)));
    this.own.add({ dispose: () => this.#closing.abort() });
    void this.#load();
  }

  async #load(): Promise<void> {
    try {
      const source = this.own.add(await this.#options.open(this.jobId, this.#closing.signal));
      this.own.add(source.onDidChange((update) => this.#update(update)));
      this.#content = source;
    } catch (error) {
      if (this.#closing.signal.aborted) return;
      this.#options.logger.warn(`panel open ${this.jobId} → ${messageOf(error)}`);
      this.#content = { unavailable: error instanceof UserError ? error.message : unexpected };
    }
    if (!this.own.isDisposed) this.#sendEverything();
  }

  protected override receive(received: unknown): void {
    const message = parseFromPanel(received);
    if (!message) {
      this.#options.logger.warn(`panel message of ${this.jobId} → ignored, not one of ours`);
      return;
    }
    switch (message.type) {
      case 'ready':
        this.noteReady();
        this.#sendEverything();
        break;
      case 'action':
        this.#options.act(this.jobId, message.action);
        break;
      case 'revealCheckpoint':
        this.#revealCheckpoint(message.id);
        break;
      case 'picture':
        this.#options.keepPicture(this.title, Buffer.from(message.png, 'base64'));
        break;
      default:
        message satisfies never;
    }
  }

  #revealCheckpoint(id: string): void {
    if (!this.#content || 'unavailable' in this.#content) return;
    const path = this.#content.checkpointPath(id);
    if (path !== null) this.#options.revealCheckpoint(path);
  }

  #sendEverything(): void {
    if (!this.#content || !this.isReady) return;
    if ('unavailable' in this.#content) {
      this.#outbox.replaceAll({ type: 'unavailable', message: this.#content.unavailable });
      return;
    }
    const snapshot = this.#content.snapshot();
    this.title = snapshot.header.name;
    this.#outbox.replaceAll({ type: 'snapshot', snapshot });
  }

  #update(update: PanelUpdate): void {
    if (update.type === 'header') this.title = update.header.name;
    if (this.isReady) this.#outbox.add(update);
  }
}

const unexpected = 'This job could not be opened. The Trainyard log says why.';
