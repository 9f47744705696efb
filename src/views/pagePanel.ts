import type * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../disposable.js';
import { loadPage, type PanelPage } from './panelPage.js';

/**
 * A webview panel with a page of ours. Ends with its tab; safe to dispose twice. Disposing leaves the tab alone: it is
 * the user's, and VS Code brings it back after a reload.
 */
export abstract class PagePanel<ToPage> implements Disposable {
  protected readonly own = new DisposableStore();
  readonly #panel: vscode.WebviewPanel;
  #isReady = false;

  constructor(panel: vscode.WebviewPanel, page: PanelPage) {
    this.#panel = panel;
    this.own.add(panel.onDidDispose(() => this.dispose()));
    this.own.add(panel.webview.onDidReceiveMessage((message: unknown) => this.receive(message)));
    this.own.add(panel.onDidChangeViewState(() => this.#noticeHiding()));
    loadPage(panel, page);
  }

  reveal(): void {
    this.#panel.reveal();
  }

  onDidClose(listener: () => void): Disposable {
    return this.#panel.onDidDispose(listener);
  }

  dispose(): void {
    this.own.dispose();
  }

  /** @param message untrusted: nobody has looked at it */
  protected abstract receive(message: unknown): void;

  protected get title(): string {
    return this.#panel.title;
  }

  protected set title(title: string) {
    this.#panel.title = title;
  }

  /** The page runs and listens. */
  protected get isReady(): boolean {
    return this.#isReady;
  }

  /** The page has said so. */
  protected noteReady(): void {
    this.#isReady = true;
  }

  protected send(message: ToPage): void {
    void this.#panel.webview.postMessage(message);
  }

  /** VS Code ends the page of a hidden panel; shown again, a fresh one says it is ready and gets everything. */
  #noticeHiding(): void {
    if (!this.#panel.visible) this.#isReady = false;
  }
}
