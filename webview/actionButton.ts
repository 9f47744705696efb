import type { Button } from '@vscode/webview-ui-toolkit';
import type { PanelAction } from '../src/protocol.js';
import { strings } from './strings.js';

declare global {
  interface HTMLElementTagNameMap {
    'vscode-button': Button;
  }
}

/** A button that asks the editor to do something with the job. */
export function actionButton(action: PanelAction, act: (action: PanelAction) => void): Button {
  const button = document.createElement('vscode-button');
  button.appearance = 'secondary';
  button.dataset.action = action;
  button.textContent = strings.actions[action];
  button.addEventListener('click', () => act(action));
  return button;
}
