import type { LinePalette } from './lineStyle.js';

/** Colours and fonts of the editor as a canvas needs them: it inherits nothing from style sheets. */
export interface Theme extends LinePalette {
  readonly dimmed: string;
  readonly grid: string;
  readonly background: string;
  readonly hover: { readonly background: string; readonly border: string; readonly foreground: string };
  readonly fontFamily: string;
  readonly fontSizePx: number;
}

const lineColours: readonly (readonly [variable: string, fallback: string])[] = [
  ['--vscode-charts-blue', '#3794ff'],
  ['--vscode-charts-orange', '#d18616'],
  ['--vscode-charts-green', '#89d185'],
  ['--vscode-charts-purple', '#b180d7'],
  ['--vscode-charts-red', '#f14c4c'],
  ['--vscode-charts-yellow', '#cca700'],
];

/** Reads the theme as it is now. */
export function readTheme(): Theme {
  const style = getComputedStyle(document.body);
  const colour = (variable: string, fallback: string): string =>
    style.getPropertyValue(variable).trim() || fallback;
  const highContrast = document.body.className.includes('vscode-high-contrast');
  const foreground = colour('--vscode-foreground', '#cccccc');
  const border = colour('--vscode-panel-border', 'rgba(128, 128, 128, 0.35)');
  return {
    foreground,
    dimmed: highContrast ? foreground : colour('--vscode-descriptionForeground', '#9d9d9d'),
    grid: highContrast ? colour('--vscode-contrastBorder', foreground) : border,
    background: colour('--vscode-editor-background', '#1f1f1f'),
    hover: {
      background: colour('--vscode-editorHoverWidget-background', '#202020'),
      border: colour('--vscode-editorHoverWidget-border', border),
      foreground: colour('--vscode-editorHoverWidget-foreground', foreground),
    },
    lines: lineColours.map(([variable, fallback]) => opaque(colour(variable, fallback))),
    fontFamily: colour('--vscode-font-family', 'sans-serif'),
    fontSizePx: Math.max(10, (Number.parseFloat(style.getPropertyValue('--vscode-font-size')) || 13) - 2),
    highContrast,
  };
}

/** Calls back when VS Code has put another theme on the page. */
export function onDidChangeTheme(listener: () => void): void {
  const observer = new MutationObserver(listener);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style', 'class'] });
  observer.observe(document.body, { attributes: true, attributeFilter: ['style', 'class'] });
}

/** Some themes give chart colours half transparent, too faint for a thin line. */
function opaque(colour: string): string {
  if (/^#[\da-f]{8}$/i.test(colour)) return colour.slice(0, 7);
  if (/^#[\da-f]{4}$/i.test(colour)) return colour.slice(0, 4);
  return colour.replace(/^rgba\((.+),[^,]+\)$/, 'rgb($1)');
}
