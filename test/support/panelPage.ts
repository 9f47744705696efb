import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { build } from 'esbuild';
import type { Browser, CDPSession, Page, Route } from 'playwright-core';
import { fileURLToPath } from 'node:url';
import type { MetricColumns, PanelHeader, RunMetrics, ToComparison, ToPanel } from '../../src/protocol.js';
import type { Translations } from '../../src/l10n.js';
import { webviewHtml } from '../../src/views/webviewHtml.js';
import { editorThemes, type EditorTheme } from './editorThemes.js';

const origin = 'http://panel.test';
const root = fileURLToPath(new URL('../../', import.meta.url));
const driver = fileURLToPath(new URL('panelDriver.js', import.meta.url));

/** What a page may load, by path. */
export type PanelFiles = ReadonlyMap<string, string | Buffer>;

/** The job panel as it ships, or the page that compares jobs, built once for all pages of a test file. */
export async function buildPanel(entry: 'main' | 'comparison' = 'main'): Promise<PanelFiles> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: { panel: `webview/${entry}.ts`, style: 'webview/style.css' },
    outdir: 'built',
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
  });
  return new Map(
    outputFiles.map(({ path, text }) => [path.endsWith('.css') ? '/style.css' : '/panel.js', text]),
  );
}

export interface PageOptions {
  readonly widthPx?: number;
  readonly theme?: EditorTheme;
  /** Of the language that the editor speaks; English without. */
  readonly translations?: Translations;
}

export interface PaintCost {
  /** From sending the snapshot to the end of the frame that shows it. */
  readonly elapsedMs: number;
  /** Processor time of the page's main thread. */
  readonly busyMs: number;
}

/** The panel in a page under its own content security policy, with a stand-in for the editor around it. */
export class PanelPage {
  readonly page: Page;
  readonly #inspector: CDPSession;

  private constructor(page: Page, inspector: CDPSession) {
    this.page = page;
    this.#inspector = inspector;
  }

  static async open(browser: Browser, files: PanelFiles, options: PageOptions = {}): Promise<PanelPage> {
    const page = await browser.newPage({ viewport: { width: options.widthPx ?? 700, height: 900 } });
    await page.addInitScript(await readFile(driver, 'utf8'));
    await page.route(`${origin}/**`, (route) => serve(route, files, options.translations ?? {}));
    await page.goto(`${origin}/`);
    const inspector = await page.context().newCDPSession(page);
    await inspector.send('Performance.enable', { timeDomain: 'threadTicks' });
    const panel = new PanelPage(page, inspector);
    await panel.setTheme(options.theme ?? editorThemes.dark);
    return panel;
  }

  /** Sends a message as the editor does and resolves when it is on the screen. */
  async post(message: ToPanel): Promise<void> {
    await this.#call('post', toJson(message));
  }

  /** The same to the page that compares jobs. */
  async postComparison(message: ToComparison): Promise<void> {
    const plainRuns = (runs: readonly RunMetrics[]) =>
      runs.map(({ jobId, metrics }) => ({ jobId, metrics: metrics.map(plain) }));
    await this.#call(
      'post',
      'metrics' in message ? { ...message, metrics: plainRuns(message.metrics) } : message,
    );
  }

  async setTheme(theme: EditorTheme): Promise<void> {
    await this.#call('setTheme', theme);
  }

  /** Pixels about of that colour in a chart, between two shares of its width. */
  async pixelsOf(
    chart: number,
    colour: readonly [number, number, number],
    [from, to]: readonly [number, number] = [0, 1],
  ): Promise<number> {
    return Number(await this.#call('pixelsOf', chart, colour, from, to));
  }

  /** What the panel has sent to the editor so far. */
  async received(): Promise<unknown> {
    return this.page.evaluate('panelDriver.received');
  }

  /** What the panel has asked the editor to remember. */
  async state(): Promise<unknown> {
    return this.page.evaluate('panelDriver.state()');
  }

  /** Width of the page with what does not fit. */
  async contentWidthPx(): Promise<number> {
    return Number(await this.page.evaluate('document.documentElement.scrollWidth'));
  }

  async policyViolations(): Promise<unknown> {
    return this.page.evaluate('panelDriver.violations');
  }

  /** What it costs to show a snapshot of noisy series of so many points. */
  async costToPaint(header: PanelHeader, series: number, points: number): Promise<PaintCost> {
    await this.#call('prepare', header, series, points);
    const before = await this.#busyMs();
    const elapsedMs = Number(await this.#call('paint'));
    return { elapsedMs, busyMs: (await this.#busyMs()) - before };
  }

  /** Milliseconds of processor time of the page's main thread when each series gets one more point, the `at`th. */
  async busyToAddPoint(series: number, at: number): Promise<number> {
    const before = await this.#busyMs();
    await this.#call('addPoint', series, at);
    return (await this.#busyMs()) - before;
  }

  async close(): Promise<void> {
    await this.page.close();
  }

  async #busyMs(): Promise<number> {
    const { metrics } = await this.#inspector.send('Performance.getMetrics');
    return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? NaN) * 1000;
  }

  async #call(name: string, ...args: readonly unknown[]): Promise<unknown> {
    return this.page.evaluate(`panelDriver.${name}(...${JSON.stringify(args)})`);
  }
}

const contentTypes: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.js': 'text/javascript',
  '.png': 'image/png',
};

function serve(route: Route, files: PanelFiles, translations: Translations): Promise<void> {
  const { pathname } = new URL(route.request().url());
  if (pathname === '/') return route.fulfill({ contentType: 'text/html', body: pageHtml(translations) });
  const body = files.get(pathname);
  if (body === undefined) return route.fulfill({ status: 404 });
  return route.fulfill({ contentType: contentTypes[extname(pathname)] ?? 'text/plain', body });
}

function pageHtml(translations: Translations): string {
  return webviewHtml({
    language: 'en',
    title: 'Panel',
    scriptUri: `${origin}/panel.js`,
    styleUri: `${origin}/style.css`,
    samplesUri: `${origin}/samples`,
    translations,
    cspSource: origin,
    scriptNonce: 'script-nonce',
    styleNonce: 'style-nonce',
  });
}

/** The driver turns arrays back into columns; JSON writes NaN as null. */
function toJson(message: ToPanel): unknown {
  switch (message.type) {
    case 'snapshot':
      return { ...message, snapshot: { ...message.snapshot, metrics: message.snapshot.metrics.map(plain) } };
    case 'points':
      return { ...message, metrics: message.metrics.map(plain) };
    case 'header':
    case 'system':
    case 'modelSamples':
    case 'checkpoints':
    case 'unavailable':
      return message;
    default:
      return message satisfies never;
  }
}

function plain({ name, step, epoch, time, value }: MetricColumns) {
  return { name, step: [...step], epoch: [...epoch], time: [...time], value: [...value] };
}
