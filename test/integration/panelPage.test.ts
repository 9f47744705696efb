import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it, type TestContext } from 'node:test';
import type { Browser } from 'playwright-core';
import type { Translations } from '../../src/l10n.js';
import { toMetricColumns } from '../../src/views/metricColumns.js';
import { launchChromium } from '../support/chromium.js';
import { editorThemes } from '../support/editorThemes.js';
import {
  checkpoint,
  checkpoints,
  epochs,
  header,
  modelSample,
  money,
  samples,
  snapshot,
} from '../support/panelContent.js';
import { pngFile } from '../unit/recipes/datasets/pngFile.js';
import { buildPanel, PanelPage, type PageOptions, type PanelFiles } from '../support/panelPage.js';
import { waitFor } from '../support/waitFor.js';

/** `--vscode-charts-blue` of the dark and the light theme: the first line of every chart. */
const darkBlue = [0x37, 0x94, 0xff] as const;
const lightBlue = [0x1a, 0x85, 0xff] as const;
/** `--vscode-descriptionForeground` of the dark theme: the line under the cursor. */
const dimmed = [0x9d, 0x9d, 0x9d] as const;

describe('the job panel in a browser', () => {
  let browser: Browser;
  let files: PanelFiles;

  before(async () => {
    [browser, files] = await Promise.all([launchChromium(), buildPanel()]);
  });
  after(() => browser.close());

  async function open(test: TestContext, options: PageOptions = {}): Promise<PanelPage> {
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
      snapshot: { header: header({ name: 'other' }), metrics, system: [], modelSamples: [], checkpoints: [] },
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
    const state = (await panel.state()) as { jobId: unknown; hiddenMetrics: unknown };
    assert.deepEqual([state.jobId, state.hiddenMetrics], ['digits-7f3k2a', ['loss']]);
  });

  it('shows one cursor in all charts of the same axis, and reads them aloud to the keyboard', async (test) => {
    const panel = await open(test);
    await panel.post({ type: 'snapshot', snapshot: snapshot() });
    const hairlines = () => Promise.all([0, 1, 2].map((chart) => panel.pixelsOf(chart, dimmed, [0.2, 0.9])));
    const before = await hairlines();
    const plots = panel.page.locator('.plot');
    await plots.nth(1).hover({ position: { x: 160, y: 100 } });
    (await hairlines()).forEach((pixels, chart) =>
      assert.ok(pixels > (before[chart] ?? 0), `chart ${chart}`),
    );
    await panel.page.mouse.move(0, 0);
    assert.deepEqual(await hairlines(), before, 'it leaves with the pointer');
    await plots.first().focus();
    for (const key of ['ArrowRight', 'ArrowRight', 'ArrowLeft']) await panel.page.keyboard.press(key);
    const said = await panel.page.locator('.charts > [role=status]').innerText();
    assert.match(said, /^Epoch 1: loss 1\.9\d*, val_loss 2\.\d+$/);
  });

  it('zooms all charts to what is dragged over, moves by keys, and shows all again', async (test) => {
    const panel = await open(test);
    await panel.post({ type: 'snapshot', snapshot: snapshot() });
    const all = panel.page.getByRole('button', { name: 'Show All' });
    assert.equal(await all.isVisible(), false);
    const whole = await picturesOf(panel);
    const box = await panel.page.locator('.plot').first().boundingBox();
    assert.ok(box);
    await panel.page.mouse.move(box.x + 120, box.y + 60);
    await panel.page.mouse.down();
    await panel.page.mouse.move(box.x + 200, box.y + 90, { steps: 3 });
    assert.equal(await panel.page.locator('.selection').first().isVisible(), true);
    await panel.page.mouse.up();
    await panel.page.mouse.move(0, 0);
    await all.waitFor();
    const zoomed = await picturesOf(panel);
    zoomed.forEach((picture, chart) => assert.notEqual(picture, whole[chart], `chart ${chart} is zoomed`));
    await panel.page.locator('.plot').first().focus();
    await panel.page.keyboard.press('Shift+ArrowRight');
    await waitFor('another part', async () => (await picturesOf(panel))[0] !== zoomed[0]);
    await all.click();
    await panel.page.locator('h1').click();
    await waitFor('everything', async () => (await picturesOf(panel)).join() === whole.join());
    assert.deepEqual(await panel.policyViolations(), []);
  });

  it('smooths, changes the scale and the axis, and remembers how', async (test) => {
    const panel = await open(test);
    const timed = epochs(20).map((point) => ({ ...point, seconds: point.epoch * 30 }));
    await panel.post({ type: 'snapshot', snapshot: snapshot({ metrics: toMetricColumns(timed) }) });
    const plain = await picturesOf(panel);
    await panel.page.getByLabel('Smoothing').fill('0.6');
    await waitFor('a smooth line', async () => (await picturesOf(panel))[0] !== plain[0]);
    await panel.page.getByLabel('Smoothing').fill('0');
    await panel.page.getByLabel('Log scale').check();
    await waitFor('a log scale', async () => (await picturesOf(panel))[0] !== plain[0]);
    await panel.page.getByLabel('Axis').selectOption('Time');
    await waitFor('times', async () => (await rowsOf(panel))[0]?.slice(3).join(' ') === '10 min');
    const state = (await panel.state()) as { chartSettings: unknown };
    assert.deepEqual(state.chartSettings, { axis: 'time', smoothing: 0, logarithmic: true });
  });

  it('says what a log scale has no place for', async (test) => {
    const panel = await open(test);
    const metrics = toMetricColumns(
      [1, 0, 4].map((value, at) => ({ epoch: at + 1, step: null, metrics: { lr: value } })),
    );
    await panel.post({ type: 'snapshot', snapshot: snapshot({ metrics }) });
    await panel.page.getByLabel('Log scale').check();
    await panel.page.getByText('Values of zero and below have no place on a log scale.').waitFor();
  });

  it('hands out its charts as one picture, its numbers and a summary', async (test) => {
    const panel = await open(test);
    await panel.post({ type: 'snapshot', snapshot: snapshot() });
    for (const name of ['Export CSV…', 'Save Picture…', 'Copy as Markdown'])
      await panel.page.getByRole('button', { name }).click();
    const [, csv, picture, summary] = (await panel.received()) as {
      type: string;
      action?: string;
      png?: string;
    }[];
    assert.deepEqual([csv?.action, summary?.action], ['exportMetrics', 'copySummary']);
    const png = Buffer.from(picture?.png ?? '', 'base64');
    assert.equal(png.subarray(1, 4).toString(), 'PNG');
    const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
    assert.ok(width > 600 && height > 500, `${width} × ${height}`);
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

  it('explains an end and what to do, with a button that does it', async (test) => {
    const panel = await open(test);
    const end = {
      outcome: 'failed',
      message: 'The GPU ran out of memory.',
      fix: 'Lower the batch size.',
      action: 'halveBatch',
    } as const;
    await panel.post({
      type: 'snapshot',
      snapshot: snapshot({ header: header({ state: 'failed', actions: ['resume'], end }), metrics: [] }),
    });
    const text = await panel.page.locator('main').innerText();
    for (const part of ['Failed', end.message, end.fix, 'reported no numbers'])
      assert.ok(text.includes(part), part);
    await panel.page.getByRole('button', { name: 'Halve Batch and Run Again' }).click();
    assert.deepEqual(await panel.received(), [{ type: 'ready' }, { type: 'action', action: 'halveBatch' }]);
  });

  it('says what a rented job costs, of which budget, and what ends its machine', async (test) => {
    const panel = await open(test);
    const shown = header({ money: money({ usdPerHour: 3600 }), actions: ['extend', 'openConsole'] });
    await panel.post({ type: 'snapshot', snapshot: snapshot({ header: shown }) });
    const row = panel.page.locator('.money');
    const text = await row.innerText();
    assert.match(text, /\$\d+\.\d\d so far · about \$1\.10 in all · \$3600\.00\/h/);
    assert.match(text, / % of the budget of \$5\.00/);
    assert.match(text, /The machine ends itself in 7 h at the latest, also when this computer is off\./);
    assert.equal(await row.getByRole('alert').isVisible(), false);
    const spent = row.locator('.spent');
    const before = await spent.innerText();
    await waitFor('the cost to grow', async () => (await spent.innerText()) !== before);
    const machines = await panel.page.locator('table.machines tbody').innerText();
    assert.match(machines, /RTX 4090\s+3 min\s+\$0\.02/);
    assert.match(machines, /Vast\.ai, Quebec, CA · \$0\.40\/h\s+Replaced: nobody could log in/);
    assert.match(machines, /RunPod, US-KS-2/);
    await panel.page.getByRole('button', { name: 'Extend…' }).click();
    assert.deepEqual(await panel.received(), [{ type: 'ready' }, { type: 'action', action: 'extend' }]);
  });

  it('is loud about a machine that could not be ended, and silent about money where there is none', async (test) => {
    const panel = await open(test);
    await panel.post({ type: 'snapshot', snapshot: snapshot() });
    assert.equal(await panel.page.locator('.money, table.machines').filter({ visible: true }).count(), 0);
    const shown = header({
      state: 'releasing',
      money: money({ isOverdue: true, end: null, budgetUsd: null }),
    });
    await panel.post({ type: 'header', header: shown });
    await panel.page.getByRole('alert').getByRole('button', { name: 'Open Console' }).click();
    assert.deepEqual(await panel.received(), [{ type: 'ready' }, { type: 'action', action: 'openConsole' }]);
    assert.deepEqual(await panel.policyViolations(), []);
  });

  it('charts the load of the GPU over time, which is no metric of the training', async (test) => {
    const panel = await open(test);
    const metrics = toMetricColumns(
      Array.from({ length: 20 }, (_, at) => ({
        epoch: null,
        step: null,
        seconds: at * 5,
        metrics: { 'GPU %': 90 + (at % 3), 'VRAM %': 80, 'GPU °C': 61 },
      })),
    );
    await panel.post({ type: 'snapshot', snapshot: snapshot({ metrics }) });
    assert.deepEqual(await panel.page.locator('h3').allInnerTexts(), ['GPU']);
    assert.deepEqual(await rowsOf(panel), [
      ['GPU', '%', '91'],
      ['VRAM', '%', '80'],
      ['GPU', '°C', '61'],
    ]);
    await panel.page.getByText('No metrics yet.').waitFor();
    await panel.page.locator('.plot').focus();
    await panel.page.keyboard.press('ArrowRight');
    const said = await panel.page.locator('.charts > [role=status]').innerText();
    assert.match(said, /^Time <?\d+ s: GPU % 9\d, VRAM % 80, GPU °C 61$/);
  });

  it('says when the GPU idles and why, while the training runs', async (test) => {
    const panel = await open(test);
    const idle = samples(60, true).map((sample) => ({
      ...sample,
      cpuPercent: 97,
      gpus: sample.gpus.map((gpu) => ({ ...gpu, utilizationPercent: 4 })),
    }));
    await panel.post({ type: 'snapshot', snapshot: snapshot({ system: idle }) });
    const said = panel.page.locator('.system .idle');
    assert.match(await said.innerText(), /^The GPU idles \(4 % load over two minutes\)\. The CPU is busy/);
    await panel.post({ type: 'header', header: header({ state: 'collecting' }) });
    assert.equal(await said.isVisible(), false);
  });

  it('shows the newest text of a prompt beside its reference, and steps back to earlier ones', async (test) => {
    const panel = await open(test);
    const wrote = (epoch: number) =>
      modelSample(epoch, {
        generated: `<b>answer ${String(epoch)}</b>`,
        reference: 'the right answer',
        scores: [['bleu', '0.31']],
        epoch,
      });
    await panel.post({ type: 'snapshot', snapshot: snapshot({ modelSamples: [wrote(1), wrote(2)] }) });
    await panel.post({ type: 'modelSamples', samples: [wrote(3)] });
    const card = panel.page.locator('.sample');
    const said = async () => (await card.innerText()).split(/\n+/);
    const others = ['Reference', 'the right answer', 'bleu 0.31', '‹', '›'];
    assert.deepEqual(await said(), [
      'Who are you?',
      'Generated',
      '<b>answer 3</b>',
      ...others,
      'Epoch 3 · 3 of 3',
    ]);
    await card.getByRole('button', { name: 'Show an earlier sample' }).focus();
    await panel.page.keyboard.press('Enter');
    await panel.page.keyboard.press('Enter');
    assert.deepEqual((await said()).at(-1), 'Epoch 1 · 1 of 3');
    await panel.post({ type: 'modelSamples', samples: [wrote(4)] });
    assert.deepEqual((await said()).at(-1), 'Epoch 1 · 1 of 4', 'what one looks at stays');
    for (let press = 0; press < 3; press++) await panel.page.keyboard.press('Enter');
    assert.deepEqual((await said()).slice(2, 3), ['<b>answer 4</b>']);
  });

  it('lists checkpoints as they appear, the newest first, and shows those that are here', async (test) => {
    const panel = await open(test);
    await panel.post({ type: 'snapshot', snapshot: snapshot() });
    const section = panel.page.locator('.checkpoints');
    assert.equal(await section.isVisible(), false);
    await panel.post({ type: 'checkpoints', checkpoints: checkpoints(8) });
    const rows = async () =>
      (await section.locator('li').allInnerTexts()).map((row) => row.replace(/\s+/g, ' '));
    const [newest, before, ...more] = await rows();
    assert.match(newest ?? '', /^epoch-0020\.pt 44\.7 MB Epoch 20 · 1\d s ago · on the machine$/);
    assert.match(before ?? '', /^epoch-0018\.pt 44\.7 MB Epoch 18 · 1 min 1\d s ago · here$/);
    assert.equal(more.length, 3);
    const here = section.getByRole('button', { name: 'here' }).first();
    await here.click();
    await panel.post({ type: 'checkpoints', checkpoints: checkpoints(9) });
    assert.equal(
      await section.locator('button.link:focus').getAttribute('title'),
      'Show epoch-0018.pt on this computer',
    );
    await panel.page.keyboard.press('Enter');
    await section.getByRole('button', { name: 'Show All 9' }).click();
    assert.equal((await rows()).length, 9);
    const reveal = { type: 'revealCheckpoint', id: '18 epoch-0018.pt' };
    assert.deepEqual(await panel.received(), [{ type: 'ready' }, reveal, reveal]);
  });

  it('shows the newest image of each prompt as soon as it is here', async (test) => {
    files = new Map([...files, ['/samples/a%201.png', pngFile(64, 64)]]);
    const panel = await open(test, { widthPx: 320 });
    const drawn = modelSample(1, { prompt: 'a "dog" <img>', step: 250 });
    await panel.post({ type: 'snapshot', snapshot: snapshot({ modelSamples: [drawn] }) });
    const card = panel.page.locator('.sample');
    assert.match(await card.innerText(), /The image is not here yet\./);
    await panel.post({ type: 'modelSamples', samples: [{ ...drawn, image: 'a 1.png' }] });
    const image = panel.page.getByRole('img', { name: 'a "dog" <img>' });
    await image.waitFor();
    await panel.page.waitForFunction('document.querySelector("img").naturalWidth === 64');
    assert.match(await card.innerText(), /Step 250/);
    assert.equal(await panel.contentWidthPx(), 320);
    await panel.post({ type: 'modelSamples', samples: [{ ...drawn, image: 'gone.png' }] });
    await panel.page.getByText('The image cannot be shown.').waitFor();
    assert.deepEqual(await panel.policyViolations(), []);
  });

  it('asks nobody else for an image, whatever a file is called', async (test) => {
    const panel = await open(test);
    const asked: string[] = [];
    panel.page.on('request', (request) => asked.push(request.url()));
    const image = '../../http://elsewhere.test/a.png?b';
    await panel.post({ type: 'snapshot', snapshot: snapshot({ modelSamples: [modelSample(1, { image })] }) });
    await panel.page.getByText('The image cannot be shown.').waitFor();
    assert.deepEqual(asked, [`http://panel.test/samples/${encodeURIComponent(image)}`]);
  });

  it('says so when there is no such job', async (test) => {
    const panel = await open(test);
    await panel.post({ type: 'unavailable', message: 'There is no job digits-7f3k2a.' });
    assert.equal(await panel.page.locator('main').innerText(), 'There is no job digits-7f3k2a.');
  });

  it('speaks the language of the editor, as wide as it is', async (test) => {
    const translations = JSON.parse(await readFile('l10n/bundle.l10n.de.json', 'utf8')) as Translations;
    const panel = await open(test, { widthPx: 320, translations });
    await panel.post({ type: 'snapshot', snapshot: snapshot({ checkpoints: checkpoints() }) });
    const text = await panel.page.locator('main').innerText();
    for (const part of ['Trainiert', 'Epoche 20 von 30', 'Anhalten', 'Lernrate', 'auf der Maschine'])
      assert.ok(text.includes(part), part);
    assert.equal(await panel.contentWidthPx(), 320);
    assert.deepEqual(await panel.policyViolations(), []);
  });

  it('fits 320 pixels without scrolling sideways', async (test) => {
    const panel = await open(test, { widthPx: 320 });
    const long = 'a-very-long-job-name-without-any-space-in-it-7f3k2a';
    const metrics = toMetricColumns([{ epoch: 1, step: null, metrics: { [`val/${long}_loss`]: 1e-9 } }]);
    await panel.post({
      type: 'snapshot',
      snapshot: {
        header: header({ name: long, where: long, money: money() }),
        metrics,
        system: samples(60, true),
        modelSamples: [],
        checkpoints: [checkpoint({ name: `${long}.pt`, epoch: 3, step: 120_000 })],
      },
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

/** What each chart shows, to be compared. */
async function picturesOf(panel: PanelPage): Promise<string[]> {
  return panel.page
    .locator('canvas')
    .evaluateAll((charts) =>
      charts.map((chart) => (chart as unknown as { toDataURL(): string }).toDataURL()),
    );
}

function dashesOf(lines: readonly { getAttribute(name: string): string | null }[]): (string | null)[] {
  return lines.map((line) => line.getAttribute('stroke-dasharray'));
}
