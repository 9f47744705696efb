import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import type { Browser } from 'playwright-core';
import { toMetricColumns } from '../../src/views/metricColumns.js';
import { launchChromium } from '../support/chromium.js';
import { editorThemes, type EditorTheme } from '../support/editorThemes.js';
import { epochs, header, samples, snapshot } from '../support/panelContent.js';
import { buildPanel, PanelPage } from '../support/panelPage.js';

/** `--vscode-charts-blue` of the dark and the light theme: the first line of every chart. */
const darkBlue = [0x37, 0x94, 0xff] as const;
const lightBlue = [0x1a, 0x85, 0xff] as const;

describe('the job panel in a browser', () => {
  let browser: Browser;
  let files: ReadonlyMap<string, string>;

  before(async () => {
    [browser, files] = await Promise.all([launchChromium(), buildPanel()]);
  });
  after(() => browser.close());

  async function open(
    test: TestContext,
    options: { readonly widthPx?: number; readonly theme?: EditorTheme } = {},
  ): Promise<PanelPage> {
    const panel = await PanelPage.open(browser, files, options);
    test.after(() => panel.close());
    return panel;
  }

  const rowsOf = async (panel: PanelPage) =>
    (await panel.page.locator('table.metrics tbody tr').allInnerTexts()).map((row) =>
      row.trim().split(/\s+/),
    );

  it('says it is ready and then paints what the snapshot holds', async (test) => {
    const panel = await open(test);
    assert.deepEqual(await panel.received(), [{ type: 'ready' }]);
    await panel.post({ type: 'snapshot', snapshot: snapshot() });
    assert.deepEqual(await panel.page.locator('h3').allInnerTexts(), ['Loss', 'Accuracy', 'Learning rate']);
    for (const chart of [0, 1, 2]) assert.ok((await panel.pixelsOf(chart, darkBlue)) > 100);
    assert.equal(await panel.page.locator('h1').innerText(), 'digits');
    assert.equal(await panel.page.locator('.state').innerText(), 'Training');
    assert.match(await panel.page.locator('.system').innerText(), /CPU\s+\d+ %/);
  });

  it('redraws itself fully from a second snapshot', async (test) => {
    const panel = await open(test);
    await panel.post({ type: 'snapshot', snapshot: snapshot() });
    const metrics = toMetricColumns([
      { epoch: 1, step: null, metrics: { rmse: 3 } },
      { epoch: 2, step: null, metrics: { rmse: 2 } },
    ]);
    await panel.post({
      type: 'snapshot',
      snapshot: { header: header({ name: 'other' }), metrics, system: [] },
    });
    assert.deepEqual(await panel.page.locator('h3').allInnerTexts(), ['Error']);
    assert.deepEqual(await rowsOf(panel), [['rmse', '2', '2', '2']]);
    assert.equal(await panel.page.locator('h1').innerText(), 'other');
    assert.equal(await panel.page.locator('.system').isVisible(), false);
  });

  it('adds increments behind what it shows', async (test) => {
    const panel = await open(test);
    await panel.post({
      type: 'snapshot',
      snapshot: snapshot({ metrics: toMetricColumns(epochs(2)), system: [] }),
    });
    await panel.post({ type: 'points', metrics: toMetricColumns(epochs(1, 3)) });
    await panel.post({ type: 'system', samples: samples(1) });
    await panel.post({ type: 'header', header: header({ epoch: 3, progress: 0.1 }) });
    const [loss] = await rowsOf(panel);
    assert.deepEqual([loss?.[0], loss?.[3]], ['loss', '3']);
    assert.match(await panel.page.locator('header').innerText(), /Epoch 3 of 30/);
    assert.match(await panel.page.locator('.system').innerText(), /CPU/);
  });

  it('shows NaN as a gap, a mark and a note', async (test) => {
    const panel = await open(test);
    const points = Array.from({ length: 21 }, (_, index) => ({
      epoch: index + 1,
      step: null,
      metrics: { lr: index > 5 && index < 15 ? NaN : index % 2 },
    }));
    await panel.post({ type: 'snapshot', snapshot: snapshot({ metrics: toMetricColumns(points) }) });
    const inLine = await panel.pixelsOf(0, darkBlue, [0.1, 0.2]);
    const inGap = await panel.pixelsOf(0, darkBlue, [0.46, 0.5]);
    assert.ok(inLine > 100, `${inLine} pixels of the line`);
    assert.ok(inGap < 20, `${inGap} pixels in the gap, none but a mark`);
    assert.match(
      await panel.page.locator('.family .note').innerText(),
      /9 values are not numbers \(first at epoch 7\)/,
    );
  });

  it('takes on another theme while it is open', async (test) => {
    const panel = await open(test, { theme: editorThemes.dark });
    await panel.post({ type: 'snapshot', snapshot: snapshot() });
    await panel.setTheme(editorThemes.light);
    assert.ok((await panel.pixelsOf(0, lightBlue)) > 100);
    await panel.setTheme(editorThemes.highContrast);
    const dashes = await panel.page.locator('table.metrics line').evaluateAll(dashesOf);
    assert.deepEqual(dashes.slice(0, 2), ['', '6 3']);
  });

  it('hides a line from its legend and remembers it', async (test) => {
    const panel = await open(test);
    await panel.post({ type: 'snapshot', snapshot: snapshot() });
    const legend = panel.page.getByRole('button', { name: 'loss', exact: true });
    await legend.click();
    await panel.post({ type: 'snapshot', snapshot: snapshot() });
    assert.equal(await legend.getAttribute('aria-pressed'), 'false');
    assert.equal(await panel.pixelsOf(0, darkBlue), 0);
    assert.deepEqual(await panel.state(), { jobId: 'digits-7f3k2a', hiddenMetrics: ['loss'] });
  });

  it('reaches every allowed button by keyboard and sends its action', async (test) => {
    const panel = await open(test);
    await panel.post({ type: 'snapshot', snapshot: snapshot() });
    await panel.page.keyboard.press('Tab');
    await panel.page.keyboard.press('Enter');
    await panel.page.keyboard.press('Tab');
    await panel.page.keyboard.press('Enter');
    assert.deepEqual(await panel.received(), [
      { type: 'ready' },
      { type: 'action', action: 'stop' },
      { type: 'action', action: 'showLog' },
    ]);
  });

  it('explains an end and what to do', async (test) => {
    const panel = await open(test);
    const end = {
      outcome: 'failed',
      message: 'The GPU ran out of memory.',
      fix: 'Lower the batch size.',
    } as const;
    await panel.post({
      type: 'snapshot',
      snapshot: snapshot({ header: header({ state: 'failed', actions: ['resume'], end }), metrics: [] }),
    });
    const text = await panel.page.locator('main').innerText();
    for (const part of ['Failed', end.message, end.fix, 'reported no numbers'])
      assert.ok(text.includes(part), part);
  });

  it('says so when there is no such job', async (test) => {
    const panel = await open(test);
    await panel.post({ type: 'unavailable', message: 'There is no job digits-7f3k2a.' });
    assert.equal(await panel.page.locator('main').innerText(), 'There is no job digits-7f3k2a.');
  });

  it('fits 320 pixels without scrolling sideways', async (test) => {
    const panel = await open(test, { widthPx: 320 });
    const long = 'a-very-long-job-name-without-any-space-in-it-7f3k2a';
    const metrics = toMetricColumns([{ epoch: 1, step: null, metrics: { [`val/${long}_loss`]: 1e-9 } }]);
    await panel.post({
      type: 'snapshot',
      snapshot: { header: header({ name: long, where: long }), metrics, system: samples(60, true) },
    });
    assert.equal(await panel.contentWidthPx(), 320);
  });

  it('obeys its content security policy', async (test) => {
    const panel = await open(test);
    await panel.post({ type: 'snapshot', snapshot: snapshot({ system: samples(60, true) }) });
    await panel.setTheme(editorThemes.light);
    await panel.page.locator('canvas').first().hover();
    assert.deepEqual(await panel.policyViolations(), []);
  });
});

function dashesOf(lines: readonly { getAttribute(name: string): string | null }[]): (string | null)[] {
  return lines.map((line) => line.getAttribute('stroke-dasharray'));
}
