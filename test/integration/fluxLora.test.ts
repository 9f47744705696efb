import assert from 'node:assert/strict';
import { cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { TrainyardHome } from '../../src/home.js';
import { JobFeed } from '../../src/jobs/feed.js';
import { FeedPanelSource } from '../../src/views/panelSource.js';
import { runCli, startCli, type CliOptions, type Line } from '../support/cli.js';
import { findProgram } from '../support/findProgram.js';
import { startSshd } from '../support/sshd.js';
import { tempDir } from '../support/tempDir.js';
import { pngFile } from '../unit/recipes/datasets/pngFile.js';

const standIn = fileURLToPath(new URL('../fixtures/ai-toolkit/', import.meta.url));

interface Setting {
  readonly dataset: string;
  /** An ai-toolkit with a Python of its own, as an image has it. */
  readonly toolkit: string;
  readonly models: string;
  readonly cli: CliOptions;
}

async function makeSetting(t: TestContext, env: NodeJS.ProcessEnv = {}): Promise<Setting> {
  const base = await tempDir(t);
  const toolkit = join(base, 'ai-toolkit');
  await cp(standIn, toolkit, { recursive: true });
  const bin = join(toolkit, 'venv', 'bin');
  await mkdir(bin, { recursive: true });
  await symlink(findProgram('python3') ?? assert.fail('python3 is missing'), join(bin, 'python'));
  const dataset = join(base, 'my dog');
  await mkdir(dataset);
  for (const [name, gray] of [
    ['IMG 1.PNG', 10],
    ["it's.png", 90],
    ['plain.png', 200],
  ] as const)
    await writeFile(join(dataset, name), pngFile(600, 600, { gray }));
  await writeFile(join(dataset, 'IMG 1.txt'), '\uFEFFa dog for $5, ${HOME},\n[trigger] in snow\n');
  await writeFile(join(dataset, "it's.txt"), 'p3ts a dog "sleeping"');
  return { dataset, toolkit, models: join(base, 'models'), cli: { home: join(base, 'home'), env } };
}

function train(
  { dataset, toolkit, models }: Setting,
  set: Readonly<Record<string, string | number>>,
): string[] {
  const all = { model: '/models/flux', trigger: 'p3ts', toolkit, ...set };
  const parameters = Object.entries(all).flatMap(([name, value]) => ['--set', `${name}=${value}`]);
  return ['train', dataset, '--recipe', 'flux-lora', ...parameters, '--to', models, '--yes', '--json'];
}

const endOf = (lines: readonly Line[]): Line =>
  lines.find(({ event }) => event === 'end') ?? assert.fail('there is no end');
const readJson = async (...path: string[]): Promise<unknown> =>
  JSON.parse(await readFile(join(...path), 'utf8'));
const cardSchema = v.looseObject({ steps: v.number(), finished: v.boolean(), trigger: v.string() });

describe('flux-lora with a stand-in for ai-toolkit', () => {
  it('writes the config, brings samples home while it trains, and the model', async (t) => {
    const setting = await makeSetting(t);
    const prompts = 'photo of [trigger] in ${HOME}|"quoted" $(id)';
    const set = { steps: 25, saveEvery: 10, sampleEvery: 10, prompts, resolution: '512, 768', seed: 7 };
    const { code, lines, stderr } = await runCli(train(setting, set), setting.cli);
    assert.equal(code, 0, stderr);
    const end = endOf(lines);
    const job = String(end.job);
    const run = join(setting.cli.home, 'runs', job);
    const folder = join(run, 'ai-toolkit');

    assert.deepEqual(await readJson(folder, 'config.json'), {
      job: 'extension',
      config: { name: 'lora', process: [expectedProcess(folder)] },
      meta: { name: '[name]', version: '1.0' },
    });
    assert.deepEqual(await readJson(folder, 'seen.json'), {
      cwd: setting.toolkit,
      captions: {
        'IMG 1.png': 'a dog for $5, ${HOME}, [trigger] in snow',
        "it's.png": 'p3ts a dog "sleeping"',
        'plain.png': '',
      },
    });
    const [dataset] = (await readdir(join(setting.cli.home, 'datasets'))).filter(
      (name) => !name.includes('.'),
    );
    const kept = await readdir(join(setting.cli.home, 'datasets', dataset ?? ''));
    assert.deepEqual(kept.sort(), (await readdir(setting.dataset)).sort(), 'the shared dataset is untouched');

    const points = lines.filter(({ event }) => event === 'point');
    assert.deepEqual(
      points.map(({ totalSteps }) => totalSteps).filter((total) => total !== 25),
      [],
    );
    assert.ok(points.length > 3 && Number(points.at(-1)?.step) === 24, `${points.length} points`);

    const { path } = end.model as { path: string };
    assert.match(path, /model_flux-lora_[\d-]+\.safetensors$/);
    const [cardName] = (await readdir(setting.models)).filter((name) => name.endsWith('.json'));
    const card = v.parse(cardSchema, await readJson(setting.models, cardName ?? ''));
    assert.deepEqual([card.steps, card.finished, card.trigger], [25, true, 'p3ts']);

    await assertSamples(setting, job, ['photo of p3ts in ${HOME}', '"quoted" $(id)'], [0, 10, 20, 25]);
    const shown = await runCli(['show', job], setting.cli);
    assert.match(shown.stderr + shown.stdout, /samples +8, images in/);
  });

  it('keeps the newest save when it is stopped over SSH, and goes on from there', async (t) => {
    const sshd = await startSshd(t);
    const setting = await makeSetting(t, { HOME: await tempDir(t), SSH_AUTH_SOCK: '' });
    const place = ['--provider', `ssh://${sshd.user}@${sshd.host}:${sshd.port}`, '--identity', sshd.keyFile];
    const set = { steps: 400, saveEvery: 20, sampleEvery: 200 };
    const run = startCli([...train(setting, set), ...place], setting.cli);
    const seen = await run.until('a save', (line) => line.event === 'point' && Number(line.step) > 25);
    assert.equal(seen.totalSteps, 400);
    const job = String((await run.until('a job', ({ event }) => event === 'state')).job);
    const there = join(sshd.home, '.trainyard', 'runs', job);
    const stopped = await runCli(['stop', job, '--json'], setting.cli);
    assert.equal(stopped.code, 0, stopped.stderr);
    const { lines, stderr } = await run.ended;
    assert.equal(endOf(lines).state, 'cancelled', stderr);
    const [cardName] = (await readdir(setting.models)).filter((name) => name.endsWith('.json'));
    const card = v.parse(cardSchema, await readJson(setting.models, cardName ?? ''));
    assert.equal(card.finished, false);
    assert.ok(card.steps >= 20 && card.steps % 20 === 0, `step ${card.steps}`);
    const checkpoints = await readdir(join(there, 'output', 'checkpoints'));
    assert.ok(checkpoints.includes(`step-${String(card.steps).padStart(9, '0')}`), checkpoints.join(' '));

    // A save that was cut is not what it goes on from, although it is the newest.
    await writeFile(join(there, 'ai-toolkit', 'lora', 'lora_000000999.safetensors'), 'cut');
    const resumed = await runCli(['resume', job, '--json'], setting.cli);
    assert.equal(resumed.code, 0, resumed.stderr);
    const log = await readFile(join(setting.cli.home, 'jobs', job, 'output.log'), 'utf8');
    assert.match(log, /leaving out lora_000000999\.safetensors/);
    assert.match(log, new RegExp(`Found step ${card.steps} in metadata, starting from there`));
    assert.match(log, /1 completed job/);
    const prompts = [
      'p3ts a dog for $5, ${HOME}, p3ts in snow'.replace(/^p3ts /, ''),
      'p3ts a dog "sleeping"',
    ];
    await assertSamples(setting, job, prompts, [0, 200, 400]);
  });
});

/** The images are here as they are there, and the panel shows them by prompt and step. */
async function assertSamples(
  { cli }: Setting,
  job: string,
  prompts: readonly string[],
  steps: readonly number[],
): Promise<void> {
  const folder = new TrainyardHome(cli.home).job(job);
  const source = await FeedPanelSource.open(await JobFeed.open(folder, 1_000), () => false);
  try {
    const { modelSamples } = source.snapshot();
    for (const prompt of prompts) {
      const found = modelSamples.filter((sample) => sample.prompt === prompt);
      const stepsFound = found.map(({ step }) => step);
      for (const step of steps) assert.ok(stepsFound.includes(step), `${prompt} at ${step}`);
      for (const { image } of found) {
        const content = await readFile(join(folder.modelSamples, image ?? assert.fail('there is no image')));
        assert.deepEqual(content.subarray(-2), Buffer.from([0xff, 0xd9]), 'the image is whole');
      }
    }
  } finally {
    source.dispose();
  }
}

function expectedProcess(folder: string): unknown {
  return {
    type: 'sd_trainer',
    training_folder: folder,
    device: 'cuda:0',
    training_seed: 7,
    trigger_word: 'p3ts',
    network: { type: 'lora', linear: 32, linear_alpha: 32, dropout: 0.05 },
    save: { dtype: 'float16', save_every: 10, max_step_saves_to_keep: 4, push_to_hub: false },
    datasets: [
      {
        folder_path: join(folder, 'images'),
        caption_ext: 'txt',
        caption_dropout_rate: 0.05,
        shuffle_tokens: false,
        cache_latents_to_disk: true,
        resolution: [512, 768],
      },
    ],
    train: {
      batch_size: 1,
      steps: 25,
      gradient_accumulation_steps: 1,
      train_unet: true,
      train_text_encoder: false,
      gradient_checkpointing: true,
      noise_scheduler: 'flowmatch',
      optimizer: 'adamw8bit',
      lr: 1e-4,
      disable_sampling: false,
      ema_config: { use_ema: true, ema_decay: 0.99 },
      dtype: 'bf16',
    },
    model: { name_or_path: '/models/flux', is_flux: true, quantize: true, low_vram: true },
    sample: {
      sampler: 'flowmatch',
      sample_every: 10,
      width: 1024,
      height: 1024,
      prompts: ['photo of [trigger] in ${HOME}', '"quoted" $(id)'],
      neg: '',
      seed: 7,
      walk_seed: true,
      guidance_scale: 4,
      sample_steps: 20,
    },
  };
}
