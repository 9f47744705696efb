// node scripts/run.mjs icons: draws media/icon.svg as the PNG files that the manifest and the Marketplace want.
import { readFile } from 'node:fs/promises';
import { launchChromium } from '../test/editor/support/browser.js';

const drawing = await readFile('media/icon.svg', 'utf8');
const browser = await launchChromium();
try {
  for (const [size, path] of [
    [128, 'media/icon.png'],
    [256, 'media/icon-256.png'],
  ] as const) {
    const page = await browser.newPage({ viewport: { width: size, height: size } });
    await page.setContent(
      `<style>body{margin:0} svg{display:block;width:100vw;height:100vh}</style>${drawing}`,
    );
    await page.screenshot({ path, omitBackground: true });
  }
} finally {
  await browser.close();
}
