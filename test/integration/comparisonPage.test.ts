import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import type { Browser } from 'playwright-core';
import type { ComparisonTable } from '../../src/protocol.js';
import { toMetricColumns } from '../../src/views/metricColumns.js';
import { launchChromium } from '../support/chromium.js';
import { comparison, epochs } from '../support/panelContent.js';
import { buildPanel, PanelPage, type PanelFiles } from '../support/panelPage.js';
import { waitFor } from '../support/waitFor.js';

describe('the page that compares jobs, in a browser', () => {
  let browser: Browser;
  let files: PanelFiles;

  before(async () => {
    [browser, files] = await Promise.all([launchChromium(), buildPanel('comparison')]);
  });
  after(() => browser.close());

  async function open(test: TestContext, table: Partial<ComparisonTable> = {}): Promise<PanelPage> {
    const panel = await PanelPage.open(browser, files, { widthPx: 700 });
    test.after(() => panel.close());
    const message = comparison();
    await panel.postComparison({ ...message, table: { ...message.table, ...table } });
    return panel;
  }

  it('draws what several jobs measure in one chart, a colour each', async (test) => {
    const panel = await open(test);
    assert.deepEqual((await panel.page.locator('h3').allInnerTexts()).slice(0, 2), ['loss', 'accuracy']);
    const [blue, orange] = [[0x37, 0x94, 0xff] as const, [0xd1, 0x86, 0x16] as const];
    for (const colour of [blue, orange]) assert.ok((await panel.pixelsOf(0, colour)) > 50);
    const legend = await panel.page.locator('.family').first().locator('.legend').allInnerTexts();
    assert.deepEqual(legend, [
      'digits aaa · loss',
      'digits aaa · val_loss',
      'digits bbb · loss',
      'digits bbb · val_loss',
    ]);
    await panel.page.getByRole('button', { name: 'digits bbb · loss', exact: true }).click();
    assert.equal(await panel.pixelsOf(0, orange), 0, 'a job is switched off as a whole');
    await panel.postComparison({
      type: 'points',
      metrics: [{ jobId: 'digits-aaa', metrics: toMetricColumns(epochs(1, 21)) }],
    });
    assert.match(await panel.page.locator('table.metrics tr').nth(1).innerText(), /\b21$/);
    assert.deepEqual(await panel.policyViolations(), []);
  });

  it('shows what differs, all of it when asked, and the best', async (test) => {
    const panel = await open(test);
    const rows = panel.page.locator('table.compared tbody tr');
    const texts = async () =>
      (await rows.allInnerTexts()).map((text) =>
        text
          .trim()
          .split(/\s*\t\s*/)
          .map((cell) => cell.replace(/\s*\n/g, '')),
      );
    assert.deepEqual((await texts()).slice(0, 2), [['Parameters'], ['lr, differs', '0.1', '0.2']]);
    assert.ok((await texts()).some(([name, , second]) => name === 'loss, differs' && second?.includes('★')));
    await panel.page.getByLabel('Only what differs').uncheck();
    assert.ok((await texts()).some(([name]) => name === 'epochs'));
    const state = (await panel.state()) as { jobIds: unknown; onlyDifferences: unknown };
    assert.deepEqual([state.jobIds, state.onlyDifferences], [['digits-aaa', 'digits-bbb'], false]);
  });

  it('says so when jobs do not differ', async (test) => {
    const panel = await open(test, { rows: [] });
    await panel.page.getByText('These jobs do not differ').waitFor();
  });

  it('opens a job, and hands out table and charts', async (test) => {
    const panel = await open(test);
    await panel.page.locator('table.compared').getByRole('button', { name: 'digits bbb' }).click();
    await panel.page.getByRole('button', { name: 'Copy as Markdown' }).click();
    await panel.page.getByRole('button', { name: 'Save Picture…' }).click();
    const received = (await panel.received()) as { type: string }[];
    assert.deepEqual(received.slice(0, 3), [
      { type: 'ready' },
      { type: 'showJob', jobId: 'digits-bbb' },
      { type: 'copyTable' },
    ]);
    assert.equal(received[3]?.type, 'picture');
  });

  it('fits 320 pixels: only its table scrolls sideways', async (test) => {
    const panel = await open(test);
    await panel.page.setViewportSize({ width: 320, height: 900 });
    await waitFor('charts as narrow', async () => (await panel.contentWidthPx()) === 320);
  });
});
