import type { PanelAction } from '../src/protocol.js';
import { element } from './element.js';
import { strings } from './strings.js';

export interface KeepActions {
  readonly act: (action: PanelAction) => void;
  readonly savePicture: () => void;
}

/** Ways to take the numbers and charts along. */
export function keepButtons({ act, savePicture }: KeepActions): HTMLElement {
  const bar = element(
    'div',
    'keep',
    plainButton(strings.actions.exportMetrics, () => act('exportMetrics')),
    plainButton(strings.savePicture, savePicture),
    plainButton(strings.actions.copySummary, () => act('copySummary')),
  );
  bar.setAttribute('role', 'group');
  bar.setAttribute('aria-label', strings.exports);
  return bar;
}

function plainButton(text: string, press: () => void): HTMLButtonElement {
  const button = element('button', 'plain', text);
  button.type = 'button';
  button.addEventListener('click', press);
  return button;
}
