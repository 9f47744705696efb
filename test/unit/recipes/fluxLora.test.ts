import assert from 'node:assert/strict';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { InputError } from '../../../src/errors.js';
import { DatasetFolder } from '../../../src/recipes/datasets/datasetFolder.js';
import { fluxLora } from '../../../src/recipes/fluxLora.js';
import { parseParameters } from '../../../src/recipes/parameters.js';
import { imageSamples } from './datasets/imageSamples.js';
import { pngFile } from './datasets/pngFile.js';
import { checkFiles, type Files, folderWith, never, openFolder, sentences } from './folders.js';

/** So many images with a caption each, none like another. */
function captioned(count: number, sidePx = 512): Record<string, string | Buffer> {
  const files: Record<string, string | Buffer> = {};
  for (let index = 1; index <= count; index++) {
    files[`${index}.png`] = pngFile(sidePx, sidePx, { gray: index });
    files[`${index}.txt`] = `p3ts the dog, picture ${index}`;
  }
  return files;
}

const usual = { trigger: 'p3ts', steps: 1000 };

async function problemsOf(
  t: TestContext,
  files: Files,
  given: Readonly<Record<string, unknown>> = {},
): Promise<string[]> {
  return sentences(await checkFiles(t, fluxLora, files, { ...usual, ...given }));
}

describe('flux-lora', () => {
  it('finds nothing wrong with images that have captions', async (t) => {
    const result = await checkFiles(t, fluxLora, captioned(10), usual);
    assert.deepEqual(sentences(result), []);
    assert.deepEqual(result.summary, { images: 10, captions: 10, model: 'black-forest-labs/FLUX.1-dev' });
  });

  it('fits images with captions well, and a few plain images somewhat', async (t) => {
    const detected = async (files: Files) => fluxLora.detect(await openFolder(t, files), never);
    const plain = Object.fromEntries(Array.from({ length: 6 }, (_, index) => [`${index}.jpg`, 'x']));
    assert.deepEqual(await detected(captioned(4)), { score: 0.8, why: 'has 4 images with captions' });
    assert.deepEqual(await detected({ 'a.jpg': 'x', 'a.caption': 'a dog' }), {
      score: 0.8,
      why: 'has 1 image with captions',
    });
    assert.deepEqual(await detected(plain), { score: 0.5, why: 'has 6 images' });
    const others: Files[] = [
      { 'a.jpg': 'x' },
      { ...plain, 'data.yaml': 'x' },
      { 'cats/1.jpg': 'x', 'cats/2.jpg': 'x', 'dogs/1.jpg': 'x', 'dogs/2.jpg': 'x', 'dogs/3.jpg': 'x' },
      { 'a.jpg': 'x', 'a.txt': '0 0.5 0.5 0.1 0.1\n1 0.2 0.2 0.1 0.1\n' },
      { 'a.csv': 'a,b' },
    ];
    for (const files of others) assert.equal(await detected(files), undefined);
  });

  it('finds more than 500 images many', async (t) => {
    const many = Object.fromEntries(
      Array.from({ length: 501 }, (_, index) => [`${index}.png`, pngFile(512, 512, { gray: index % 256 })]),
    );
    const found = await problemsOf(t, many, { steps: 50_100 });
    assert.ok(
      found.includes('hint images.many: 501 images are many for a LoRA; 10 to 30 good ones are usual.'),
      found.join('\n'),
    );
  });

  it('refuses a folder without images, or with none that are read', async (t) => {
    const [none] = await problemsOf(t, { 'a.txt': 'a dog' });
    assert.match(none ?? '', /^error images\.none: There is no jpg, png or webp image in /);
    assert.deepEqual(await problemsOf(t, { 'a.heic': 'x', 'b.gif': 'x' }), [
      'error images.passed-over: 2 files (HEIC, GIF) are left out: only jpg, png and webp are read. → Save them as PNG or JPEG.',
    ]);
    assert.match(
      (await problemsOf(t, { 'a.png': 'version https://git-lfs.github.com/spec/v1\n' }))[0] ?? '',
      /lfs-pointer/,
    );
  });

  it('says which images are of no use', async (t) => {
    const files = {
      ...captioned(9),
      'a.png': '',
      'a.txt': 'p3ts',
      'b.jpg': 'text',
      'b.txt': 'p3ts b',
      'c.png': imageSamples.gif,
      'c.txt': 'p3ts c',
      'd.bmp': 'x',
    };
    assert.deepEqual(await problemsOf(t, files), [
      'warning images.passed-over: d.bmp is left out: only jpg, png and webp are read. → Save them as PNG or JPEG.',
      'warning images.unusable: a.png (and 2 more like it) is empty and is left out. → Open it in an image program and save it as PNG or JPEG.',
      'warning images.small: 1 of 12 images has a side below 512 pixels and would be enlarged, which teaches blur. → Use larger ones, or set resolution lower.',
    ]);
    assert.match((await problemsOf(t, { 'a.png': '' }))[0] ?? '', /^error images\.unusable: a\.png is empty/);
  });

  it('says which images are small, cut, turned or made for print', async (t) => {
    const files = {
      ...captioned(9, 300),
      'cut.png': pngFile(300, 300, { gray: 99 }).subarray(0, -20),
      'cut.txt': 'p3ts cut',
      'turned.jpg': imageSamples.turnedJpeg,
      'turned.txt': 'p3ts turned',
      'print.jpg': imageSamples.cmykJpeg,
      'print.txt': 'p3ts print',
    };
    const codes = (await problemsOf(t, files)).map((sentence) => sentence.split(':')[0]);
    assert.deepEqual(codes, [
      'warning images.truncated',
      'warning images.small',
      'warning images.colors',
      'hint images.turned',
    ]);
    assert.deepEqual(
      (await problemsOf(t, captioned(9, 300), { resolution: '256' })).filter((sentence) =>
        sentence.includes('small'),
      ),
      [],
    );
  });

  it('says what is wrong with captions', async (t) => {
    const files = {
      ...captioned(9),
      '1.txt': '  \n',
      '2.txt': Buffer.from('p3ts caf\xe9', 'latin1'),
      'other.txt': 'of no image',
    };
    assert.deepEqual(await problemsOf(t, files), [
      'warning captions.no-image: other.txt belongs to no image. → A caption is called like its image, but for the ending.',
      'warning captions.empty: 1.txt is empty: its image is learned with the trigger word only. → Write what is to be seen.',
      'warning captions.not-utf8: 2.txt is not UTF-8, so letters with accents are lost. → Save it as UTF-8.',
    ]);
    const equal = Object.fromEntries(
      Object.entries(captioned(9)).map(([name, content]) => [name, name.endsWith('txt') ? 'p3ts' : content]),
    );
    assert.match(
      (await problemsOf(t, equal))[0] ?? '',
      /^warning captions\.equal: All 9 captions say the same/,
    );
  });

  it('says how the trigger word and the captions go together', async (t) => {
    const files = captioned(9);
    assert.deepEqual(await problemsOf(t, files, { trigger: 'zzz' }), [
      "hint captions.trigger-unused: The trigger word 'zzz' is in no caption; it is put in front of each.",
    ]);
    assert.match((await problemsOf(t, files, { trigger: '' }))[0] ?? '', /^hint captions\.no-trigger/);
    const marked = { ...files, '3.txt': 'a photo of [trigger]' };
    assert.deepEqual(await problemsOf(t, marked, { trigger: '' }), [
      'error captions.trigger-missing: 3.txt says [trigger], but no trigger word is set to take its place. → Set trigger to a rare word, such as p3rs0n.',
    ]);
  });

  it('says when the number of images or steps is unusual', async (t) => {
    const few = await problemsOf(t, captioned(2), { steps: 4000 });
    assert.deepEqual(few, [
      'hint images.few: 2 images are few; 10 to 30 good ones are usual.',
      'hint images.steps: 4,000 steps are 2,000 an image; about 100 are a common start.',
    ]);
    const twins = { ...captioned(9), 'twin.png': pngFile(512, 512, { gray: 1 }), 'twin.txt': 'p3ts twin' };
    assert.deepEqual(await problemsOf(t, twins), [
      'hint images.duplicate: twin.png has the same content as 1.png and counts double. → Delete one of the two.',
    ]);
    const kohya = Object.fromEntries(
      Object.entries(captioned(9)).map(([name, content]) => [`40_ohwx man/${name}`, content]),
    );
    assert.match(
      (await problemsOf(t, kohya)).join('\n'),
      /^warning images\.kohya-folder: The folder 40_ohwx man/m,
    );
  });

  it('refuses a model and a resolution that cannot be', async (t) => {
    assert.deepEqual(await problemsOf(t, captioned(9), { model: 'flux', resolution: '512;768' }), [
      "error flux.resolution: resolution '512;768' is not a list of whole numbers from 256 to 2048. → Use 512,768,1024 or fewer of them.",
      "error flux.model: model 'flux' is neither a name of Hugging Face nor an absolute path on the machine. → Use FLUX.1-dev, FLUX.1-schnell, owner/name or /path/to/model.",
    ]);
  });

  it('tells how far it is', async (t) => {
    const seen: string[] = [];
    const folder = await openFolder(t, captioned(3));
    await fluxLora.check(folder, parseParameters(fluxLora, usual), never, (done, total) =>
      seen.push(`${done}/${total}`),
    );
    assert.deepEqual(seen, ['1/3', '2/3', '3/3']);
  });

  it('ends when it is cancelled', async (t) => {
    const folder = await openFolder(t, captioned(3));
    const cancelling = new AbortController();
    const checking = fluxLora.check(folder, parseParameters(fluxLora, usual), cancelling.signal, () => {
      cancelling.abort();
    });
    await assert.rejects(checking, { name: 'AbortError' });
  });

  it('asks for a token where the model is gated, and for memory and disk', async (t) => {
    const needs = (given: Record<string, unknown>) => fluxLora.secrets?.(parseParameters(fluxLora, given))[0];
    assert.deepEqual(needs({}), {
      name: 'HF_TOKEN',
      required: true,
      why: 'FLUX.1-dev needs a Hugging Face token: accept the licence on its page, then set HF_TOKEN.',
    });
    for (const model of ['FLUX.1-schnell', '/models/flux']) assert.equal(needs({ model })?.required, false);
    const folder = await openFolder(t, captioned(1));
    const estimate = (given: Record<string, unknown>) =>
      fluxLora.estimate?.(folder, parseParameters(fluxLora, given), never);
    const machine = async (given: Record<string, unknown>): Promise<unknown> => {
      const { vramGb, diskGb } = (await estimate(given)) ?? assert.fail('no estimate');
      return { vramGb, diskGb };
    };
    assert.deepEqual(await machine({}), { vramGb: 24, diskGb: 60 });
    assert.deepEqual(await machine({ quantize: 'no' }), { vramGb: 48, diskGb: 60 });
    for (const model of ['/models/flux', '~/flux'])
      assert.deepEqual(await machine({ model }), { vramGb: 24, diskGb: 26 }, 'the model is there already');
    assert.deepEqual(await machine({ model: '/models/flux', toolkit: '/app/ai-toolkit' }), {
      vramGb: 24,
      diskGb: 10,
    });
    const hours = async (given: Record<string, unknown>): Promise<number> =>
      (await estimate(given))?.hours?.gpu ?? assert.fail('no time');
    const usual = await hours({ steps: 2000, resolution: '1024' });
    assert.ok(usual > 2 && usual < 3, `${usual} h`);
    assert.ok((await hours({ steps: 2000, resolution: '512' })) < usual);
    assert.ok((await hours({ steps: 2000, resolution: '1024', sampleEvery: 0 })) < usual);
    assert.ok((await hours({ steps: 2000, resolution: '1024', prompts: 'a|b|c|d|e|f' })) > usual);
  });

  it('installs PyTorch only where ai-toolkit is not there already', async (t) => {
    const folder = await openFolder(t, captioned(1));
    const needed = (given: Record<string, unknown>) =>
      fluxLora.environment(folder, parseParameters(fluxLora, given), never);
    assert.equal((await needed({})).torch, true);
    assert.deepEqual((await needed({ toolkit: '/app/ai-toolkit' })).requirements, []);
  });
});

describe('repairs of captions', () => {
  async function repaired(
    t: TestContext,
    files: Files,
    code: string,
  ): Promise<{ root: string; said: string; again: string }> {
    const root = await folderWith(t, files);
    const check = async () => {
      const folder = await DatasetFolder.open(root, never);
      return fluxLora.check(folder, parseParameters(fluxLora, usual), never);
    };
    const found = (await check()).problems.find((problem) => problem.code === code);
    const repair = found?.repair ?? assert.fail(`there is no repair of ${code}`);
    assert.deepEqual(repair.changes, []);
    const said = await repair.apply(never);
    assert.ok(
      !(await check()).problems.some((problem) => problem.code === code && problem.repair),
      'it is repaired',
    );
    return { root, said, again: await repair.apply(never) };
  }

  it('copies captions to the name their image looks for', async (t) => {
    const files = { 'IMG.JPG': 'x', 'IMG.JPG.txt': 'a dog', 'b.png': 'x', 'b.caption': 'a cat' };
    const full = await repaired(t, files, 'captions.full-name');
    assert.deepEqual([full.said, full.again], ['1 caption was copied.', '0 captions were copied.']);
    assert.equal(await readFile(join(full.root, 'IMG.txt'), 'utf8'), 'a dog');
    assert.equal(await readFile(join(full.root, 'IMG.JPG.txt'), 'utf8'), 'a dog');
    const other = await repaired(t, files, 'captions.other-ending');
    assert.equal(await readFile(join(other.root, 'b.txt'), 'utf8'), 'a cat');
  });

  it('writes the trigger word beside images without a caption', async (t) => {
    const { root, said } = await repaired(
      t,
      { 'a.png': 'x', 'b.png': 'x', 'b.txt': 'mine' },
      'captions.missing',
    );
    assert.equal(said, '1 caption was written.');
    assert.equal(await readFile(join(root, 'a.txt'), 'utf8'), 'p3ts\n');
    assert.equal(await readFile(join(root, 'b.txt'), 'utf8'), 'mine');
  });

  it('leaves nothing behind when it cannot be done as a whole', async (t) => {
    const root = await folderWith(t, { 'a.png': 'x', 'a.png.txt': 'a', 'b.png': 'x', 'b.png.txt': 'b' });
    const folder = await DatasetFolder.open(root, never);
    const { problems } = await fluxLora.check(folder, parseParameters(fluxLora, usual), never);
    const repair = problems.find(({ code }) => code === 'captions.full-name')?.repair;
    await rm(join(root, 'b.png.txt'));
    await assert.rejects(async () => repair?.apply(never), InputError);
    assert.deepEqual((await readdir(root)).sort(), ['a.png', 'a.png.txt', 'b.png']);
    await writeFile(join(root, 'b.png.txt'), 'b');
    assert.equal(await repair?.apply(never), '2 captions were copied.');
  });
});
