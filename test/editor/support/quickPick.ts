import type { Locator, Page } from 'playwright-core';
import type { PageElement } from './pageElement.js';

/** One entry as it is read: the name, what stands beside it, what stands below. */
export interface QuickPickItem {
  readonly label: string;
  readonly description: string;
  readonly detail: string;
}

function readItems(rows: readonly PageElement[]): readonly QuickPickItem[] {
  return rows.map((row) => ({
    label: row.querySelector('.label-name')?.textContent.trim() ?? '',
    description: row.querySelector('.label-description')?.textContent.trim() ?? '',
    detail: row.querySelector('.quick-input-list-label-meta')?.textContent.trim() ?? '',
  }));
}

/** The list or input box that VS Code asks at the top of the window. */
export class QuickPick {
  readonly widget: Locator;
  readonly input: Locator;
  readonly #page: Page;
  readonly #patience: { readonly timeout?: number };

  /** @param patienceMs for what has to appear first; the page's own unless it is given */
  constructor(page: Page, patienceMs?: number) {
    this.#page = page;
    this.#patience = patienceMs === undefined ? {} : { timeout: patienceMs };
    this.widget = page.locator('.quick-input-widget');
    this.input = this.widget.locator('.quick-input-box input');
  }

  /** Waits until it asks; with a title, until it asks that. */
  async shown(title?: string | RegExp): Promise<this> {
    await this.input.waitFor(this.#patience);
    if (title !== undefined)
      await this.widget.locator('.quick-input-title', { hasText: title }).waitFor(this.#patience);
    return this;
  }

  async title(): Promise<string> {
    return (await this.widget.locator('.quick-input-title').innerText()).trim();
  }

  /** What is on offer now (a long list only as far as it is visible). */
  items(): Promise<readonly QuickPickItem[]> {
    return this.widget.getByRole('option').evaluateAll(readItems);
  }

  async labels(): Promise<readonly string[]> {
    return (await this.items()).map(({ label }) => label);
  }

  /** Takes the entry whose label is exactly this (a RegExp: contains it). */
  async pick(label: string | RegExp): Promise<void> {
    const name = this.#page.locator('.label-name', {
      hasText: typeof label === 'string' ? exactly(label) : label,
    });
    await this.widget.getByRole('option').filter({ has: name }).first().click(this.#patience);
  }

  /** Replaces what stands in the box. */
  type(text: string): Promise<void> {
    return this.input.fill(text, this.#patience);
  }

  /** Presses one of the buttons beside the title. */
  press(button: string): Promise<void> {
    return this.widget.getByRole('button', { name: button, exact: true }).click(this.#patience);
  }

  /** Enter. A list of which one row is to be taken heeds it once that is marked, a moment after it is there. */
  async accept(): Promise<void> {
    const takesOne = this.#page.locator('.quick-input-widget:not(.show-checkboxes) .quick-input-list');
    if (await takesOne.isVisible()) await takesOne.locator('.focused').first().waitFor(this.#patience);
    await this.input.press('Enter');
  }

  cancel(): Promise<void> {
    return this.input.press('Escape');
  }

  /** What the box says about what was typed, or its prompt. */
  async message(): Promise<string> {
    return (await this.widget.locator('.quick-input-message').innerText()).trim();
  }
}

/** Matches a label that is this text and nothing more; icons of a label come out as spaces. */
export function exactly(text: string): RegExp {
  return new RegExp(`^\\s*${text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}\\s*$`);
}
