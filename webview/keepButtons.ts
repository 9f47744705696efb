import { element } from './element.js';
import { strings } from './strings.js';

/** Ways to take the numbers and charts along: what a button says and does. */
export function keepButtons(ways: readonly (readonly [text: string, press: () => void])[]): HTMLElement {
  const bar = element('div', 'keep', ...ways.map(([text, press]) => plainButton(text, press)));
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
