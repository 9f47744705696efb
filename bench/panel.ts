// What the job panel costs at its largest: 10 series of 100,000 points, in headless Chromium.
// Budgets (first paint ≤ 300 ms, an update ≤ 16 ms of main thread) are printed beside the figures.
import { buildPanel, PanelPage } from '../test/support/panelPage.js';
import { launchChromium } from '../test/support/chromium.js';
import { header, samples } from '../test/support/panelContent.js';

const series = 10;
const points = 100_000;
const updates = 50;

const browser = await launchChromium();
try {
  const panel = await PanelPage.open(browser, await buildPanel(), { widthPx: 1200 });
  await panel.post({
    type: 'snapshot',
    snapshot: { header: header(), metrics: [], modelSamples: [], checkpoints: [], system: samples(120) },
  });

  const paint = await panel.costToPaint(header(), series, points);
  const busyMs: number[] = [];
  for (let update = 1; update <= updates; update++) {
    busyMs.push(await panel.busyToAddPoint(series, points + update));
  }
  busyMs.sort((a, b) => a - b);
  const at = (share: number): string => (busyMs[Math.floor((busyMs.length - 1) * share)] ?? NaN).toFixed(1);
  console.log(`panel, ${series} series × ${points.toLocaleString('en')} points`);
  console.log(
    `  first paint  ${paint.elapsedMs.toFixed(0)} ms, main thread ${paint.busyMs.toFixed(0)} ms (budget 300)`,
  );
  console.log(
    `  update       main thread ${at(0.5)} ms median, ${at(0.95)} ms p95, ${at(1)} ms worst (budget 16)`,
  );
} finally {
  await browser.close();
}
