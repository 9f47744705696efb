import assert from 'node:assert/strict';
import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import type { JobFolder } from '../../../src/home.js';
import type { PanelUpdate } from '../../../src/protocol.js';
import { FeedPanelSource } from '../../../src/views/panelSource.js';
import { engineWithoutHosts } from '../../support/engineWithoutHosts.js';
import { tempDir } from '../../support/tempDir.js';
import { waitFor } from '../../support/waitFor.js';
import { rentedSpec } from '../jobs/builders.js';

const gpu = {
  name: 'NVIDIA L4',
  utilizationPercent: 90,
  memoryUsedBytes: 6,
  memoryTotalBytes: 24,
  temperatureC: 61,
  powerW: 70,
};

/** A line of gpu.jsonl, so many seconds after the first. */
const sampleLine = (seconds: number): string =>
  `${JSON.stringify({
    time: 1_767_225_600 + seconds,
    logBytes: 0,
    cpuPercent: 10,
    memoryUsedBytes: 1,
    memoryTotalBytes: 2,
    diskFreeBytes: 3,
    diskTotalBytes: 4,
    gpus: [gpu],
  })}\n`;

const seen = (...seconds: number[]): string =>
  JSON.stringify(
    seconds.map((each) => ({
      name: `epoch-${each}.pt`,
      modified: 1_767_225_600 + each,
      bytes: 3,
      local: null,
    })),
  );

/** A job whose machine was seen to have one checkpoint, which is here. */
async function openSource(
  t: TestContext,
): Promise<{ source: FeedPanelSource; folder: JobFolder; here: string }> {
  const engine = engineWithoutHosts(await tempDir(t), 10);
  const id = await engine.start({ spec: rentedSpec() });
  const folder = engine.folder(id);
  const here = join(folder.checkpoints, '1767225601.000', 'epoch-1.pt');
  await mkdir(dirname(here), { recursive: true });
  await writeFile(here, 'abc');
  await writeFile(folder.checkpointList, seen(1));
  await writeFile(folder.samples, sampleLine(0));
  const source = await FeedPanelSource.open(await engine.feed(id), () => true);
  t.after(() => source.dispose());
  return { source, folder, here };
}

describe('what a job panel shows', () => {
  it('has checkpoints and the load of the GPU from the start, whenever it is opened', async (t) => {
    const { source, here } = await openSource(t);
    const { checkpoints, metrics } = source.snapshot();
    assert.deepEqual(
      checkpoints.map(({ id, epoch, bytes, place }) => [id, epoch, bytes, place]),
      [['1767225601.000 epoch-1.pt', 1, 3, 'here']],
    );
    assert.equal(source.checkpointPath('1767225601.000 epoch-1.pt'), here);
    assert.deepEqual(
      metrics.map(({ name }) => name),
      ['GPU %', 'VRAM %', 'GPU °C'],
    );
  });

  it('leads nowhere but to checkpoints of the job', async (t) => {
    const { source } = await openSource(t);
    for (const id of ['', '/etc/passwd', '1767225601.000 ../epoch-1.pt'])
      assert.equal(source.checkpointPath(id), null);
  });

  it('tells of more as it comes', async (t) => {
    const { source, folder } = await openSource(t);
    const updates: PanelUpdate[] = [];
    source.onDidChange((update) => updates.push(update));
    await appendFile(folder.samples, sampleLine(5));
    await writeFile(folder.checkpointList, seen(1, 2));
    const load = await waitFor('the load', () => updates.find((update) => update.type === 'points'));
    assert.deepEqual([...(load.metrics[0]?.time ?? [])], [5]);
    await waitFor('the checkpoints', () => updates.some(({ type }) => type === 'checkpoints'));
  });
});
