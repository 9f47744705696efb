import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { webviewHtml } from './webviewHtml.js';

/** What a panel of ours runs and may load. */
export interface PanelPage {
  readonly extensionUri: vscode.Uri;
  /** Name of a file in `dist/webview/`. */
  readonly script: 'panel.js' | 'comparison.js';
  /** The folder with the images that the model of a job draws; `null` where none is shown. */
  readonly modelSamples: string | null;
}

/** That the webview runs its script, and the folders it may load from. */
export function webviewOptions({ extensionUri, modelSamples }: PanelPage): vscode.WebviewOptions {
  const roots = [vscode.Uri.joinPath(extensionUri, 'dist')];
  if (modelSamples !== null) roots.push(vscode.Uri.file(modelSamples));
  return { enableScripts: true, localResourceRoots: roots };
}

/** Loads the page into a panel, also into one that VS Code has brought back. */
export function loadPage(panel: vscode.WebviewPanel, page: PanelPage): void {
  const { extensionUri, script, modelSamples } = page;
  const { webview } = panel;
  const icon = (file: string): vscode.Uri => vscode.Uri.joinPath(extensionUri, 'media', file);
  const address = (file: string): string =>
    webview.asWebviewUri(vscode.Uri.joinPath(extensionUri, 'dist', 'webview', file)).toString();
  panel.iconPath = { light: icon('job-light.svg'), dark: icon('job-dark.svg') };
  webview.options = webviewOptions(page);
  webview.html = webviewHtml({
    language: vscode.env.language,
    title: panel.title,
    scriptUri: address(script),
    styleUri: address('style.css'),
    samplesUri: modelSamples === null ? '' : webview.asWebviewUri(vscode.Uri.file(modelSamples)).toString(),
    translations: vscode.l10n.bundle ?? {},
    cspSource: webview.cspSource,
    scriptNonce: randomBytes(16).toString('base64url'),
    styleNonce: randomBytes(16).toString('base64url'),
  });
}
