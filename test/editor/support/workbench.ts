/**
 * VS Code as a person sees and uses it, for the tests of `test/editor/ui/` and for screenshots.
 *
 *     const workbench = await openWorkbench({ folder: 'samples' }, t);   // closes itself when the test is over
 *     await workbench.contextMenu('digits', 'Train with Trainyard…');
 *     const recipe = await workbench.quickPick('Recipe');               // waits until it asks
 *     assert.deepEqual(await recipe.labels(), ['Script', 'scikit-learn']);
 *     await recipe.pick('Script');
 *     await waitFor('the job ending', async () => (await workbench.tree()).some((row) => /succeeded/.test(row)));
 *
 * Every verb waits (a minute at most) for what it needs and fails with what it did not find; reading verbs (`tree`,
 * `notifications`, `statusBar`, …) answer at once: wrap them in `waitFor`. The extension is installed from a
 * .vsix of the last build. When a test fails, its last picture is in `out/screenshots/`.
 */
import type {
  Browser,
  BrowserContext,
  BrowserContextOptions,
  FrameLocator,
  Locator,
  Page,
} from 'playwright-core';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { CleanUp } from '../../support/tempDir.js';
import { waitFor } from '../../support/waitFor.js';
import { launchChromium } from './browser.js';
import { EditorServer, type WindowContent } from './editorServer.js';
import type { PageElement } from './pageElement.js';
import { exactly, QuickPick } from './quickPick.js';
import { themes, themeSettings, type Settings, type Theme } from './settings.js';
import { currentVsix } from './vsix.js';

export interface WorkbenchOptions {
  /** A folder or a `.code-workspace` file; without it an empty window. */
  readonly folder?: string;
  /** Reaches the extension. `TRAINYARD_HOME` is an empty folder unless it is given here. */
  readonly env?: Readonly<Record<string, string>>;
  readonly settings?: Settings;
  readonly theme?: Theme;
  readonly width?: number;
  readonly height?: number;
  /** Ask whether the folder is trusted, as VS Code does. */
  readonly workspaceTrust?: boolean;
}

/** A test of `node:test`; `{ after }` for a whole suite. */
interface Test extends CleanUp {
  readonly name?: string;
  readonly passed?: boolean;
}

const screenshots = 'out/screenshots';
/** A machine that does three things at once needs it; whoever is fast does not wait for it. */
const patienceMs = 60_000;
const nowhere = { x: 0, y: 0, width: 0, height: 0 };

/** Opens VS Code with Trainyard installed. With a test it is closed at the test's end, else call `close`. */
export async function openWorkbench(options: WorkbenchOptions = {}, test?: Test): Promise<Workbench> {
  const { theme = 'dark', width = 1280, height = 800 } = options;
  const server = await EditorServer.start({
    vsix: await currentVsix(),
    settings: { ...themeSettings(theme), ...options.settings },
    env: options.env ?? {},
    workspaceTrust: options.workspaceTrust ?? false,
  });
  const browser = await launchChromium();
  const context = await newContext(browser, { viewport: { width, height } });
  const workbench = await Workbench.open(server, context, options);
  test?.after(async () => {
    if (test.passed === false) {
      console.log(await workbench.said());
      await workbench.screenshot(`failed ${test.name ?? ''}`.trim());
    }
    await workbench.close();
  });
  return workbench;
}

function newContext(browser: Browser, options: BrowserContextOptions): Promise<BrowserContext> {
  return browser.newContext({
    reducedMotion: 'reduce',
    permissions: ['clipboard-read', 'clipboard-write'],
    ...options,
  });
}

function readTree(rows: readonly PageElement[]): readonly string[] {
  return rows.map((row) => {
    const label = row.querySelector('.label-name')?.textContent.trim() ?? '';
    const description = row.querySelector('.label-description')?.textContent.trim() ?? '';
    const indent = '  '.repeat(Number(row.getAttribute('aria-level')) - 1);
    return `${indent}${label} ${description}`.trimEnd();
  });
}

/** One window. */
export class Workbench {
  /** Playwright's page, for whatever has no verb here. */
  readonly page: Page;
  readonly server: EditorServer;
  readonly #context: BrowserContext;

  static async open(
    server: EditorServer,
    context: BrowserContext,
    content: WindowContent,
  ): Promise<Workbench> {
    const page = await context.newPage();
    page.setDefaultTimeout(patienceMs);
    const window = new Workbench(server, context, page);
    await page.goto(server.url(content));
    await window.#ready();
    return window;
  }

  private constructor(server: EditorServer, context: BrowserContext, page: Page) {
    this.server = server;
    this.#context = context;
    this.page = page;
  }

  // Trainyard's view

  /** Opens Trainyard's view in the side bar; fine when it is open. */
  showTrainyard(): Promise<void> {
    return this.#showSideBar('Trainyard');
  }

  /** The visible rows of Trainyard's view, `label description` each, two spaces of indent for each level. */
  tree(): Promise<readonly string[]> {
    return this.#view.getByRole('treeitem').evaluateAll(readTree);
  }

  /** A row of Trainyard's view, by what its label and description say. */
  row(text: string | RegExp): Locator {
    return this.#view.getByRole('treeitem').filter({ hasText: text }).first();
  }

  /** Presses a button that the view offers while it has no rows. */
  async welcomeAction(name: string): Promise<void> {
    await this.showTrainyard();
    await this.#view.getByRole('button', { name, exact: true }).click();
  }

  /** What the view says while it has no rows. */
  async welcome(): Promise<string> {
    return (await this.#view.locator('.welcome-view-content').allInnerTexts()).join('\n').trim();
  }

  /** Presses an icon that a row shows when the mouse is over it. */
  async rowAction(row: string | RegExp, action: string): Promise<void> {
    await this.showTrainyard();
    await this.row(row).hover();
    await this.row(row).getByRole('button', { name: action }).click();
  }

  /** Right click on a row, then an entry of the menu. */
  async rowMenu(row: string | RegExp, entry: string): Promise<void> {
    await this.showTrainyard();
    await this.#menu(this.row(row), entry);
  }

  /**
   * Drags a row onto the editors, which open the files it stands for. The mouse goes in steps: VS Code heeds a drop
   * only where it has seen something being dragged over it.
   */
  async dragToEditors(row: string | RegExp): Promise<void> {
    await this.showTrainyard();
    const { mouse } = this.page;
    const steps = 5;
    await this.row(row).hover();
    await mouse.down();
    const { x, y, width, height } = (await this.page.locator('.part.editor').boundingBox()) ?? nowhere;
    await mouse.move(x + width / 2, y + height / 2, { steps });
    const overlay = this.page.locator('#monaco-workbench-editor-drop-overlay');
    await overlay.waitFor();
    await mouse.move(x + width / 2 + steps, y + height / 2, { steps });
    await mouse.up();
    await mouse.move(x + width / 2, y + height / 2, { steps });
    await overlay.waitFor({ state: 'detached' });
  }

  get #view(): Locator {
    return this.page.locator('[id="workbench.view.extension.trainyard"]');
  }

  // Explorer

  /** An entry of the Explorer by its path in the workspace (`digits/train.py`); opens the folders above it. */
  async explorerItem(path: string): Promise<Locator> {
    await this.#showSideBar(/^Explorer/);
    const names = path.split('/');
    for (const folder of names.slice(0, -1)) {
      const item = this.#explorerRow(folder);
      if ((await item.getAttribute('aria-expanded')) === 'false') await item.click();
    }
    const item = this.#explorerRow(names.at(-1) ?? path);
    await item.waitFor();
    return item;
  }

  /** Right click on an entry of the Explorer, then an entry of the menu. */
  async contextMenu(explorerPath: string, entry: string): Promise<void> {
    await this.#menu(await this.explorerItem(explorerPath), entry);
  }

  /** The entries of the menu that is open. */
  async menuEntries(): Promise<readonly string[]> {
    const menu = this.page.locator('.monaco-menu');
    await menu.first().waitFor();
    return (await menu.getByRole('menuitem').allInnerTexts()).map((text) => firstLine(text));
  }

  #explorerRow(name: string): Locator {
    const label = this.page.locator('.label-name', { hasText: exactly(name) });
    return this.page.locator('.explorer-folders-view').getByRole('treeitem').filter({ has: label }).first();
  }

  /**
   * A menu ignores clicks for a moment after it has opened; the keyboard it heeds at once. Whatever takes the focus
   * closes it; then it is opened again. One that stayed open for all that would be in the way of it.
   */
  async #menu(row: Locator, entry: string): Promise<void> {
    const timeout = 3_000;
    const choose = async (): Promise<true> => {
      if (await this.page.locator('.monaco-menu').first().isVisible())
        await this.page.keyboard.press('Escape');
      await row.click({ button: 'right', timeout });
      const item = this.page.getByRole('menuitem', { name: entry });
      await item.hover({ timeout });
      await item.press('Enter', { timeout });
      return true;
    };
    await waitFor(`the menu with "${entry}"`, choose, { timeoutMs: patienceMs });
  }

  // Commands, questions, messages

  /**
   * Runs a command by the title the palette shows: `Trainyard: Show Log`. Whatever takes the focus closes the
   * palette; then it is opened again.
   */
  async command(title: string): Promise<void> {
    const run = async (): Promise<true> => {
      await this.page.keyboard.press('F1');
      const palette = await new QuickPick(this.page, 2_000).shown();
      await palette.type(`>${title}`);
      await palette.pick(title);
      return true;
    };
    await waitFor(`running the command "${title}"`, run, { timeoutMs: patienceMs });
  }

  /** The list or box VS Code asks in; waits until it is there (and has this title). */
  quickPick(title?: string | RegExp): Promise<QuickPick> {
    return new QuickPick(this.page).shown(title);
  }

  /** The modal question that is open: waits for it, answers with one of its buttons, says what it asked. */
  async answerDialog(button: string): Promise<string> {
    const dialog = this.page.locator('.monaco-dialog-box');
    const text = await dialog.locator('.dialog-message-container').innerText();
    await dialog.getByRole('button', { name: button, exact: true }).click();
    return text.trim();
  }

  /** The texts of the notifications on the screen, newest first. */
  async notifications(): Promise<readonly string[]> {
    const texts = await this.#toasts.locator('.notification-list-item-message').allInnerTexts();
    return texts.map((text) => text.trim());
  }

  /** A notification, once it is there. */
  async notification(text: string | RegExp): Promise<Locator> {
    const toast = this.#toasts.filter({ hasText: text }).first();
    await toast.waitFor();
    return toast;
  }

  /** Presses a button of a notification, once it is there. */
  async answerNotification(text: string | RegExp, button: string): Promise<void> {
    const toast = await this.notification(text);
    await toast.getByRole('button', { name: button, exact: true }).click();
  }

  /** Everything that asks or tells just now, for whoever wonders why a test goes no further. */
  async said(): Promise<string> {
    const speaking = '.monaco-dialog-box, .quick-input-widget, .notification-toast, .monaco-menu';
    const texts = await this.page.locator(speaking).filter({ visible: true }).allInnerTexts();
    const tree = await this.tree();
    return ['The window says:', ...texts, 'Its view:', ...tree].join('\n  ');
  }

  get #toasts(): Locator {
    return this.page.locator('.notification-toast');
  }

  /** What Trainyard's status-bar items say. */
  async statusBar(): Promise<readonly string[]> {
    const texts = await this.statusBarItem().allInnerTexts();
    return texts.map((text) => text.trim());
  }

  statusBarItem(): Locator {
    return this.page.locator('.statusbar-item[id^="trainyard."]:visible');
  }

  // Editors, panel, output, terminal

  /** The titles of the open editors, left to right. */
  async editors(): Promise<readonly string[]> {
    const texts = await this.page.locator('.part.editor .tab .label-name').allInnerTexts();
    return texts.map((text) => text.trim());
  }

  editorTab(title: string): Locator {
    const label = this.page.locator('.label-name', { hasText: exactly(title) });
    return this.page.locator('.part.editor .tab').filter({ has: label });
  }

  /** Where the cursor of the editor is, and what is selected: `Ln 7, Col 3 (11 selected)`. */
  async cursor(): Promise<string> {
    return (await this.page.locator('[id="status.editor.selection"]').innerText()).trim();
  }

  /** The inside of the webview that is visible: use it as a page of its own. */
  panelFrame(): FrameLocator {
    return this.page
      .locator('iframe.webview.ready')
      .filter({ visible: true })
      .last()
      .contentFrame()
      .frameLocator('iframe#active-frame');
  }

  /** Opens an output channel by its name. */
  async showOutput(channel: string): Promise<void> {
    await this.command('Output: Show Output Channels...');
    const list = await this.quickPick();
    await list.type(channel);
    await list.pick(channel);
    await this.#output.waitFor();
  }

  /** All of the output channel that is shown, also what is scrolled away. Uses the clipboard. */
  async outputChannelText(): Promise<string> {
    await this.#output.click();
    await this.page.keyboard.press('ControlOrMeta+A');
    await this.page.keyboard.press('ControlOrMeta+C');
    return this.clipboard();
  }

  get #output(): Locator {
    return this.page.locator('[id="workbench.panel.output"] .monaco-editor');
  }

  clipboard(): Promise<string> {
    return this.page.evaluate<string>('navigator.clipboard.readText()');
  }

  /** The lines of the terminal that is shown, as far as they are visible. */
  async terminalText(): Promise<string> {
    return (await this.page.locator('.terminal-wrapper.active .xterm-rows').innerText()).replaceAll(
      '\u00A0',
      ' ',
    );
  }

  // The window

  /** Reload Window: the extension host ends and another one starts. */
  async reload(): Promise<void> {
    await this.page.reload();
    await this.#ready();
  }

  /** Kills the extension host as a crash would, at once. */
  async killExtensionHost(): Promise<void> {
    const killed = await this.server.extensionHosts();
    if (killed.length === 0) throw new Error('no extension host is running');
    for (const pid of killed) process.kill(pid, 'SIGKILL');
    await waitFor('the end of the extension host', async () => {
      const left = await this.server.extensionHosts();
      return killed.every((pid) => !left.includes(pid));
    });
  }

  /**
   * Another window of the same VS Code: same settings, same jobs. It ends with this one, or by `closeWindow`.
   * @param language what its browser speaks, and so the window: `de`
   */
  async openWindow(content: WindowContent, language: string): Promise<Workbench> {
    const browser = this.#context.browser();
    if (!browser) throw new Error('the browser has ended');
    const context = await newContext(browser, { viewport: this.page.viewportSize(), locale: language });
    return Workbench.open(this.server, context, content);
  }

  /** Closes this window only, as a person would; its extension host ends in good order. */
  async closeWindow(): Promise<void> {
    await this.page.close({ runBeforeUnload: true });
  }

  /** Changes the colour theme of the running window, as a person would. */
  async setTheme(theme: Theme): Promise<void> {
    await this.command('Preferences: Color Theme');
    const list = await this.quickPick();
    await list.type(themes[theme].label);
    await list.pick(themes[theme].label);
    await this.page.locator(`.monaco-workbench.${themes[theme].type}`).waitFor();
  }

  /** Lets the mouse rest where nothing heeds it: no row is marked for it, no tooltip shown. */
  async restMouse(): Promise<void> {
    await this.page.mouse.move(0, 0);
    await this.page.locator('.workbench-hover').first().waitFor({ state: 'hidden' });
  }

  /** Takes a picture into `out/screenshots/`, or into another folder. */
  async screenshot(name: string, folder = screenshots): Promise<string> {
    await mkdir(folder, { recursive: true });
    const path = join(folder, `${name.replace(/[^\w.-]+/g, '-')}.png`);
    await this.page.screenshot({ path, animations: 'disabled' });
    return path;
  }

  /** Ends VS Code and all of its windows. */
  async close(): Promise<void> {
    await this.#context.browser()?.close();
    await this.server.stop();
  }

  async #ready(): Promise<void> {
    await this.page.locator('.monaco-workbench').waitFor({ timeout: 120_000 });
    await this.page
      .locator('.activitybar')
      .getByRole('tab', { name: 'Trainyard' })
      .waitFor({ timeout: 120_000 });
  }

  /** A click on the tab of a side bar that is just opening would close it: what counts is that it is open then. */
  async #showSideBar(name: string | RegExp): Promise<void> {
    const tab = this.page.locator('.activitybar').getByRole('tab', { name });
    const opened = async (): Promise<boolean> => {
      if ((await tab.getAttribute('aria-expanded')) === 'true') return true;
      await tab.click();
      return false;
    };
    await waitFor(`the side bar ${String(name)}`, opened, { intervalMs: 300 });
  }
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? '';
}
