// What the job panel costs at its largest: 10 series of 100,000 points, in headless Chromium.
// Budgets (first paint ≤ 300 ms, an update ≤ 16 ms of main thread) are printed beside the figures.
import { buildPanel, type PaintCost, PanelPage } from '../test/support/panelPage.js';
import { launchChromium } from '../test/support/chromium.js';
import { header, samples } from '../test/support/panelContent.js';

const series = 10;
const points = 100_000;
const openings = 5;
const updates = 50;

const browser = await launchChromium();
try {
  const files = await buildPanel();
  const paints: PaintCost[] = [];
  const updatesMs: number[] = [];
  for (let opening = 1; opening <= openings; opening++) {
    const panel = await PanelPage.open(browser, files, { widthPx: 1200 });
    await panel.post({
      type: 'snapshot',
      snapshot: { header: header(), metrics: [], modelSamples: [], checkpoints: [], system: samples(120) },
    });
    paints.push(await panel.costToPaint(header(), series, points));
    for (let update = 1; opening === openings && update <= updates; update++)
      updatesMs.push(await panel.busyToAddPoint(series, points + update));
    await panel.close();
  }
  const [elapsed, busy] = [paints.map(({ elapsedMs }) => elapsedMs), paints.map(({ busyMs }) => busyMs)];
  console.log(`panel, ${series} series × ${points.toLocaleString('en')} points`);
  console.log(
    `  first paint  ${at(elapsed, 0.5, 0)} ms median of ${openings}, ${at(elapsed, 1, 0)} ms worst (budget 300), ` +
      `main thread ${at(busy, 0.5, 0)} ms`,
  );
  console.log(
    `  update       main thread ${at(updatesMs, 0.5, 1)} ms median, ${at(updatesMs, 0.95, 1)} ms p95, ` +
      `${at(updatesMs, 1, 1)} ms worst (budget 16)`,
  );
} finally {
  await browser.close();
}

/** The value below which that share of them lies. */
function at(values: readonly number[], share: number, digits: number): string {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN).toFixed(digits);
}
