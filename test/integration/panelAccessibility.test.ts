import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { launchChromium } from '../support/chromium.js';
import { editorThemes } from '../support/editorThemes.js';
import {
  checkpoints,
  comparison,
  header,
  modelSample,
  money,
  samples,
  snapshot,
} from '../support/panelContent.js';
import { buildPanel, PanelPage } from '../support/panelPage.js';

/** What axe-core says of a page, as far as it is asked here. */
interface AxeFinding {
  readonly id: string;
  readonly impact: string | null;
  readonly nodes: readonly { readonly target: readonly string[]; readonly failureSummary?: string }[];
}

const axeFile = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** Findings that keep people from using the panel. */
async function seriousFindings(panel: PanelPage): Promise<string[]> {
  await panel.page.evaluate(await readFile(axeFile, 'utf8'));
  const findings = await panel.page.evaluate<AxeFinding[]>('axe.run(document).then((run) => run.violations)');
  return findings
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => {
      const where = nodes.map(({ target, failureSummary }) => `${target.join(' ')}: ${failureSummary ?? ''}`);
      return `${id}\n${where.join('\n')}`;
    });
}

describe('the panels, as axe-core finds them', () => {
  let browser: Browser;

  before(async () => {
    browser = await launchChromium();
  });
  after(() => browser.close());

  for (const [name, theme] of Object.entries(editorThemes)) {
    it(`have no serious finding in the theme ${name}`, async (test) => {
      const job = await PanelPage.open(browser, await buildPanel(), { widthPx: 700, theme });
      test.after(() => job.close());
      const end = {
        outcome: 'failed',
        message: 'It failed.',
        fix: 'Mend it.',
        action: 'halveBatch',
      } as const;
      await job.post({
        type: 'snapshot',
        snapshot: snapshot({
          header: header({ state: 'failed', money: money(), end, actions: ['resume', 'showLog'] }),
          system: samples(60, true),
          checkpoints: checkpoints(8),
          modelSamples: [modelSample(1, { generated: 'text', reference: 'other' })],
        }),
      });
      assert.deepEqual(await seriousFindings(job), []);
      const jobs = await PanelPage.open(browser, await buildPanel('comparison'), { widthPx: 700, theme });
      test.after(() => jobs.close());
      await jobs.postComparison(comparison());
      assert.deepEqual(await seriousFindings(jobs), []);
    });
  }

  it('stand still where motion is to be reduced', async (test) => {
    const panel = await PanelPage.open(browser, await buildPanel());
    test.after(() => panel.close());
    await panel.post({ type: 'snapshot', snapshot: snapshot({ header: header({ progress: null }) }) });
    const ring = panel.page.locator('vscode-progress-ring');
    assert.equal(await ring.isVisible(), true);
    await panel.page.emulateMedia({ reducedMotion: 'reduce' });
    assert.equal(await ring.isVisible(), false);
  });
});
