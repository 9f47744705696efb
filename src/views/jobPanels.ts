import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../disposable.js';
import { parsePanelState } from './fromPanel.js';
import { JobPanel, jobPage, type JobPanelOptions } from './jobPanel.js';
import { webviewOptions } from './panelPage.js';

const viewType = 'trainyard.job';

/** The job panels of this window: at most one for each job, brought back when the window is reloaded. */
export class JobPanels implements Disposable {
  readonly #options: JobPanelOptions;
  readonly #own = new DisposableStore();
  readonly #panels = new Map<string, JobPanel>();

  constructor(options: JobPanelOptions) {
    this.#options = options;
    this.#own.add(
      vscode.window.registerWebviewPanelSerializer(viewType, {
        deserializeWebviewPanel: (panel, stored) => this.#restore(panel, stored),
      }),
    );
  }

  /** Brings the job's panel to the front, opening it when there is none. */
  show(jobId: string): void {
    const open = this.#panels.get(jobId);
    if (open) open.reveal();
    else this.#adopt(this.#create(jobId), jobId);
  }

  dispose(): void {
    this.#own.dispose();
    for (const panel of [...this.#panels.values()]) panel.dispose();
  }

  #create(jobId: string): vscode.WebviewPanel {
    const options = webviewOptions(jobPage(jobId, this.#options));
    return vscode.window.createWebviewPanel(viewType, jobId, vscode.ViewColumn.Active, options);
  }

  #restore(panel: vscode.WebviewPanel, stored: unknown): Promise<void> {
    const state = parsePanelState(stored);
    if (!state || this.#panels.has(state.jobId)) panel.dispose();
    else this.#adopt(panel, state.jobId);
    return Promise.resolve();
  }

  #adopt(webviewPanel: vscode.WebviewPanel, jobId: string): void {
    const panel = new JobPanel(webviewPanel, jobId, this.#options);
    this.#panels.set(jobId, panel);
    panel.onDidClose(() => this.#panels.delete(jobId));
  }
}
