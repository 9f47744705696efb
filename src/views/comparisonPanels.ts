import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../disposable.js';
import { ComparisonPanel, comparisonPage, type ComparisonPanelOptions } from './comparisonPanel.js';
import { parseComparisonState } from './fromPanel.js';
import { webviewOptions } from './panelPage.js';

const viewType = 'trainyard.comparison';

/** The comparisons of this window: one for each choice of jobs, brought back when the window is reloaded. */
export class ComparisonPanels implements Disposable {
  readonly #options: ComparisonPanelOptions;
  readonly #own = new DisposableStore();
  readonly #panels = new Map<string, ComparisonPanel>();

  constructor(options: ComparisonPanelOptions) {
    this.#options = options;
    this.#own.add(
      vscode.window.registerWebviewPanelSerializer(viewType, {
        deserializeWebviewPanel: (panel, stored) => {
          const state = parseComparisonState(stored);
          if (state) this.#adopt(panel, state.jobIds);
          else panel.dispose();
          return Promise.resolve();
        },
      }),
    );
  }

  /** Brings the comparison of these jobs to the front, opening it when there is none. */
  show(jobIds: readonly string[]): void {
    const open = this.#panels.get(keyOf(jobIds));
    if (open) {
      open.reveal();
      return;
    }
    const title = vscode.l10n.t('Compare {0} Jobs', jobIds.length);
    const options = webviewOptions(comparisonPage(this.#options));
    const panel = vscode.window.createWebviewPanel(viewType, title, vscode.ViewColumn.Active, options);
    this.#adopt(panel, jobIds);
  }

  dispose(): void {
    this.#own.dispose();
    for (const panel of [...this.#panels.values()]) panel.dispose();
  }

  #adopt(webviewPanel: vscode.WebviewPanel, jobIds: readonly string[]): void {
    const panel = new ComparisonPanel(webviewPanel, jobIds, this.#options);
    const key = keyOf(jobIds);
    this.#panels.set(key, panel);
    panel.onDidClose(() => {
      if (this.#panels.get(key) === panel) this.#panels.delete(key);
    });
  }
}

const keyOf = (jobIds: readonly string[]): string => [...jobIds].sort().join(' ');
