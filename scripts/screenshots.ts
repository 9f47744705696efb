// npm run screenshots [look]: photographs the scenes of test/editor/screenshots.ts in every look (or in one)
// into docs/images/<scene>-<look>.png.
import { cp, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SimulatedRunpod } from '../test/clouds/runpod/simulatedRunpod.js';
import { SimulatedVast } from '../test/clouds/vast/simulatedVast.js';
import { takeScenes } from '../test/editor/screenshots.js';
import { type Theme } from '../test/editor/support/settings.js';
import { openWorkbench } from '../test/editor/support/workbench.js';
import { removeFolder } from '../test/support/tempDir.js';
import { buildForProduction } from './foreground.js';

interface Look {
  readonly theme: Theme;
  readonly width: number;
  readonly height: number;
}
const looks: Readonly<Record<string, Look>> = {
  dark: { theme: 'dark', width: 1280, height: 800 },
  light: { theme: 'light', width: 1280, height: 800 },
  'high-contrast': { theme: 'high-contrast', width: 1280, height: 800 },
  narrow: { theme: 'dark', width: 720, height: 800 },
  wide: { theme: 'dark', width: 1920, height: 1080 },
};
const folder = 'docs/images';
/** The keys are given in the pictures. */
const isKey = (name: string): boolean => name.endsWith('_API_KEY');

const wanted = process.argv[2];
const chosen = Object.entries(looks).filter(([name]) => wanted === undefined || name === wanted);
if (chosen.length === 0) {
  console.error(
    `There is no look called "${wanted ?? ''}": say ${Object.keys(looks).join(', ')} or nothing.`,
  );
  process.exit(2);
}

await buildForProduction();
for (const [name, look] of chosen) await photograph(name, look);

/** In a copy of the samples, so that a model one look has trained is not in the next one's picture. */
async function photograph(name: string, look: Look): Promise<void> {
  const base = await mkdtemp(join(tmpdir(), 'trainyard-screenshots-'));
  const workspace = join(base, 'samples');
  await cp('samples', workspace, { recursive: true });
  const ends: (() => Promise<void>)[] = [() => removeFolder(base)];
  const owner = { after: (end: () => Promise<void>) => void ends.push(end) };
  try {
    const clouds = await Promise.all([new SimulatedRunpod().start(owner), new SimulatedVast().start(owner)]);
    const addresses = clouds.flatMap(({ environment }) => Object.entries(environment));
    const env = Object.fromEntries(addresses.map(([key, value]) => [key, isKey(key) ? '' : value]));
    const workbench = await openWorkbench({ folder: workspace, env, ...look });
    owner.after(() => workbench.close());
    await takeScenes(workbench, clouds, async (scene) => {
      await workbench.restMouse();
      console.log(await workbench.screenshot(`${scene}-${name}`, folder));
    });
  } finally {
    for (const end of ends.reverse()) await end();
  }
}
