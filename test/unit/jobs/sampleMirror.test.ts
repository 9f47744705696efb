import assert from 'node:assert/strict';
import { appendFile, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { parseSampleImage, type SampleImage } from '../../../src/jobs/sampleImages.js';
import { SampleMirror } from '../../../src/jobs/sampleMirror.js';
import { Agent } from '../../../src/remote/agent.js';
import { placedRun, type PlacedRun } from './placedRun.js';

const jobId = 'dog-abc234';

const openRun = (t: TestContext): Promise<PlacedRun> => placedRun(t, jobId, ['samples']);

async function say({ folder }: PlacedRun, image: string): Promise<void> {
  await appendFile(
    folder.log,
    `a bar 5%${JSON.stringify({ type: 'sample', data: { prompt: 'p', image } })}\n`,
  );
}

/** What is here: path on the machine → content. */
async function mirrored({ folder }: PlacedRun): Promise<Record<string, string>> {
  const index = await readFile(folder.modelSampleIndex, 'utf8').catch(() => '');
  const images = index.split('\n').flatMap((line): SampleImage[] => {
    const image = parseSampleImage(line);
    return image ? [image] : [];
  });
  const content = images.map(
    async ({ path, file }) => [path, await readFile(join(folder.modelSamples, file), 'utf8')] as const,
  );
  return Object.fromEntries(await Promise.all(content));
}

describe('SampleMirror', () => {
  it('brings what appears in output/samples, and what the log names elsewhere in output', async (t) => {
    const run = await openRun(t);
    await writeFile(join(run.output, 'samples', 'a.png'), 'a');
    await writeFile(join(run.output, 'samples', 'notes.txt'), 'no image');
    await writeFile(join(run.output, 'named.jpg'), 'named');
    await writeFile(join(run.output, 'plot.png'), 'not a sample');
    await say(run, join(run.output, 'named.jpg'));
    const mirror = new SampleMirror(run);
    assert.equal(await mirror.look(t.signal), 2);
    assert.deepEqual(await mirrored(run), { 'samples/a.png': 'a', 'named.jpg': 'named' });
    assert.equal(await mirror.finish(t.signal), 0);
  });

  it('brings an image again when it was drawn over, and only that', async (t) => {
    const run = await openRun(t);
    await writeFile(join(run.output, 'samples', 'a.png'), 'one');
    await new SampleMirror(run).finish(t.signal);
    await writeFile(join(run.output, 'samples', 'a.png'), 'two!');
    await writeFile(join(run.output, 'samples', 'b.png'), 'b');
    assert.equal(await new SampleMirror(run).finish(t.signal), 2);
    assert.deepEqual(await mirrored(run), { 'samples/a.png': 'two!', 'samples/b.png': 'b' });
    assert.equal(await new SampleMirror(run).finish(t.signal), 0);
  });

  it('writes nothing outside its folder, whatever files are called', async (t) => {
    const run = await openRun(t);
    await writeFile(join(run.base, 'secret.png'), 'secret');
    const names = ['-rf.png', 'a\nb.png', "it's $(id).png", '..png', 'CON.png', 'A.png', 'a.png'];
    for (const name of names) await writeFile(join(run.output, 'samples', name), name);
    await symlink(join(run.base, 'secret.png'), join(run.output, 'samples', 'link.png'));
    await symlink(run.base, join(run.output, 'samples', 'folder'));
    for (const image of ['../../../secret.png', join(run.base, 'secret.png'), '/etc/passwd', '\0.png', ''])
      await say(run, image);
    // A hidden file is no sample.
    assert.equal(await new SampleMirror(run).finish(t.signal), names.length - 1);
    const here = await readdir(run.folder.modelSamples);
    assert.ok(
      here.every((name) => /^[\w-]+\.(png|jsonl)$/.test(name)),
      here.join(' '),
    );
    assert.deepEqual((await readdir(run.base)).sort(), ['job', 'machine', 'secret.png']);
    assert.ok(!Object.values(await mirrored(run)).includes('secret'));
  });

  it('passes over an image that is gone before it came, and brings the others', async (t) => {
    const run = await openRun(t);
    for (const name of ['1.png', '2.png', '3.png']) await writeFile(join(run.output, 'samples', name), name);
    const agent = Object.create(run.agent) as Agent;
    agent.sampleImages = async (...asked) => {
      const images = await run.agent.sampleImages(...asked);
      await rm(join(run.output, 'samples', '2.png'), { force: true });
      return images;
    };
    await new SampleMirror({ ...run, agent }).finish(t.signal);
    assert.deepEqual(Object.keys(await mirrored(run)).sort(), ['samples/1.png', 'samples/3.png']);
  });
});
