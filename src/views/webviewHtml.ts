import type { Translations } from '../l10n.js';

/** Where a webview page finds its parts. Addresses are those the webview may load. */
export interface WebviewPage {
  /** BCP 47, for screen readers. */
  readonly language: string;
  readonly title: string;
  readonly scriptUri: string;
  readonly styleUri: string;
  /** Of the folder with the images that the model drew; empty where none is shown. */
  readonly samplesUri: string;
  /** Into that language; none for English. */
  readonly translations: Translations;
  /** Source expression for files of the extension: `webview.cspSource`. */
  readonly cspSource: string;
  /** Lets our one script run. Fresh for every page. */
  readonly scriptNonce: string;
  /** Lets the UI toolkit probe the browser with an empty style element. Never the script's. */
  readonly styleNonce: string;
}

/**
 * A page that may run one script and load one style sheet and images from the folders it was given, and nothing else
 * from anywhere.
 */
export function webviewHtml(page: WebviewPage): string {
  const policy = [
    `default-src 'none'`,
    `script-src 'nonce-${page.scriptNonce}'`,
    `style-src ${page.cspSource} 'nonce-${page.styleNonce}'`,
    `img-src ${page.cspSource}`,
  ].join('; ');
  const translations = escapeHtml(JSON.stringify(page.translations));
  return `<!DOCTYPE html>
<html lang="${escapeHtml(page.language)}">
  <head>
    <meta charset="UTF-8" />
    <meta http-equiv="Content-Security-Policy" content="${escapeHtml(policy)}" />
    <meta property="csp-nonce" content="${escapeHtml(page.styleNonce)}" />
    <meta name="viewport" content="width=device-width, initial-scale=1.0" />
    <link rel="stylesheet" href="${escapeHtml(page.styleUri)}" />
    <title>${escapeHtml(page.title)}</title>
  </head>
  <body>
    <main id="panel" data-samples="${escapeHtml(page.samplesUri)}" data-translations="${translations}"></main>
    <script nonce="${escapeHtml(page.scriptNonce)}" src="${escapeHtml(page.scriptUri)}"></script>
  </body>
</html>
`;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
