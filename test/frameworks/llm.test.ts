import assert from 'node:assert/strict';
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { after, before, describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { llm } from '../../src/recipes/llm.js';
import { parseParameters } from '../../src/recipes/parameters.js';
import { type Line, runCli, startCli } from '../support/cli.js';
import { homeWithEnvironments, recipePython } from '../support/environments.js';
import { tempDir } from '../support/tempDir.js';

const repository = fileURLToPath(new URL('../../', import.meta.url));
const runtimeDir = join(repository, 'runtime');
const chats = join(repository, 'samples', 'chat');

type Given = Readonly<Record<string, unknown>>;

/** What a test sets unless it says otherwise: one quick epoch of the model that is made on the spot. */
const quick: Given = { model: 'tiny', epochs: 1, gradientAccumulation: 1, maxLength: 128, samplePrompts: 1 };

const metricsSchema = v.record(v.string(), v.union([v.number(), v.string()]));
const lineSchema = v.variant('type', [
  v.object({
    type: v.literal('progress'),
    data: v.object({
      epoch: v.number(),
      total_epochs: v.number(),
      step: v.number(),
      total_steps: v.number(),
      progress: v.number(),
      metrics: metricsSchema,
    }),
  }),
  v.object({
    type: v.literal('sample'),
    data: v.looseObject({
      prompt: v.string(),
      generated: v.string(),
      reference: v.optional(v.string()),
      step: v.number(),
      scores: metricsSchema,
    }),
  }),
  v.object({ type: v.literal('model'), path: v.string() }),
  v.object({ type: v.literal('error'), message: v.string() }),
]);

const cardSchema = v.looseObject({
  base_model: v.string(),
  method: v.string(),
  tuning: v.string(),
  precision: v.string(),
  steps: v.number(),
  finished: v.boolean(),
  examples: v.object({ kind: v.string(), learned: v.number(), held_back: v.number() }),
  tokens: v.number(),
  scores: v.record(v.string(), v.number()),
  versions: v.record(v.string(), v.string()),
});

/** What one attempt printed. */
class Output {
  readonly log: string;
  readonly #lines: readonly v.InferOutput<typeof lineSchema>[];

  constructor(log: string) {
    this.log = log;
    this.#lines = log
      .split('\n')
      .filter((line) => line.startsWith('{"type"'))
      .map((line) => v.parse(lineSchema, JSON.parse(line)));
  }

  get points() {
    return this.#lines.flatMap((line) => (line.type === 'progress' ? [line.data] : []));
  }

  /** The points of learning: those with a loss. */
  get steps() {
    return this.points.filter(({ metrics }) => 'loss' in metrics);
  }

  get samples() {
    return this.#lines.flatMap((line) => (line.type === 'sample' ? [line.data] : []));
  }

  get models(): string[] {
    return this.#lines.flatMap((line) => (line.type === 'model' ? [line.path] : []));
  }

  get error(): string | undefined {
    return this.#lines.find((line) => line.type === 'error')?.message;
  }
}

let python = '';
let workshop: Workshop;

before(async () => {
  python = await recipePython(llm, chats, { model: 'tiny' });
  workshop = new Workshop();
});
after(() => workshop.dispose());

/**
 * Loads the libraries once, which takes longer than all trainings here, and runs every program in a fork of itself.
 * It knows no model hub.
 */
class Workshop {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #answers: AsyncIterator<string>;

  constructor() {
    const script = `
import json, os, runpy, sys, traceback
sys.path[:0] = [sys.argv[1], sys.argv[1] + "/recipes"]
import accelerate, datasets, peft, torch, transformers, trl
from trl import DPOConfig, DPOTrainer, SFTConfig, SFTTrainer
for line in sys.stdin:
    program, variables, log = json.loads(line)
    child = os.fork()
    if child == 0:
        for stream in (1, 2):
            os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND), stream)
        os.environ.update(variables)
        code = 0
        try:
            runpy.run_path(program, run_name="__main__")
        except SystemExit as end:
            code = end.code or 0
        except BaseException:
            traceback.print_exc()
            code = 1
        sys.stdout.flush()
        os._exit(code)
    print(os.waitpid(child, 0)[1] >> 8, flush=True)`;
    this.#process = spawn(python, ['-c', script, runtimeDir], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, ...lonely },
    });
    this.#answers = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  /** Its exit code. One program at a time. */
  async run(program: string, variables: Readonly<Record<string, string>>, log: string): Promise<number> {
    await writeFile(log, '');
    this.#process.stdin.write(`${JSON.stringify([program, variables, log])}\n`);
    return Number((await this.#answers.next()).value);
  }

  dispose(): void {
    this.#process.stdin.end();
  }
}

/** No hub, and one thread: the models are too small for more. */
const lonely = { HF_HUB_OFFLINE: '1', OMP_NUM_THREADS: '1', PYTHONDONTWRITEBYTECODE: '1' };

/** One job: its folder on the machine, and the attempts to train it. */
class Run {
  readonly output: string;
  readonly #folder: string;
  readonly #dataset: string;
  readonly #given: Given;

  private constructor(folder: string, dataset: string, given: Given) {
    this.output = join(folder, 'output');
    this.#folder = folder;
    this.#dataset = dataset;
    this.#given = given;
  }

  static async of(t: TestContext, dataset: string, given: Given = {}): Promise<Run> {
    const folder = await tempDir(t);
    await mkdir(join(folder, 'control'));
    return new Run(folder, dataset, { ...quick, ...given });
  }

  /** Asks for the end before the beginning: the training stops after its first step. */
  askToStop(): Promise<void> {
    return writeFile(join(this.#folder, 'control', 'stop'), '');
  }

  async resume(given: Given = {}): Promise<Output> {
    await rm(join(this.#folder, 'control', 'stop'), { force: true });
    return this.train({ attempt: 2, given });
  }

  /** The training must end well. */
  async train({ attempt = 1, given = {}, variables = {} }: Attempt = {}): Promise<Output> {
    const [code, output] = await this.#run({ attempt, given, variables });
    assert.equal(code, 0, output.log);
    return output;
  }

  /** The training must not even begin; why not. */
  async refusal(attempt: Attempt = {}): Promise<string | undefined> {
    const [code, output] = await this.#run(attempt);
    assert.equal(code, 1, output.log);
    return output.error;
  }

  async card(): Promise<v.InferOutput<typeof cardSchema>> {
    return v.parse(cardSchema, JSON.parse(await readFile(join(this.output, 'model.card.json'), 'utf8')));
  }

  /** Of a log of its own, so that each attempt is seen by itself. */
  async #run({ attempt = 1, given = {}, variables = {} }: Attempt): Promise<[number, Output]> {
    const params = parseParameters(llm, { ...this.#given, ...given });
    const jobFile = join(this.#folder, 'job.json');
    const log = join(this.#folder, `output-${attempt}.log`);
    await writeFile(jobFile, JSON.stringify({ dataset: this.#dataset, params }));
    const code = await workshop.run(
      join(runtimeDir, 'recipes', 'llm_train.py'),
      {
        TRAINYARD_JOB_FILE: jobFile,
        TRAINYARD_OUTPUT: this.output,
        TRAINYARD_CONTROL: join(this.#folder, 'control'),
        TRAINYARD_ATTEMPT: String(attempt),
        ...variables,
      },
      log,
    );
    return [code, new Output(await readFile(log, 'utf8'))];
  }
}

interface Attempt {
  readonly attempt?: number;
  readonly given?: Given;
  readonly variables?: Readonly<Record<string, string>>;
}

/** What a saved model, or an adapter on its base, answers: loaded as anybody would load it. */
async function answerOf(t: TestContext, folder: string, base?: string): Promise<string> {
  const program = join(await tempDir(t), 'answer.py');
  await writeFile(
    program,
    `
import os
from transformers import AutoModelForCausalLM, AutoTokenizer
folder, base = os.environ["MODEL"], os.environ["BASE"]
model = AutoModelForCausalLM.from_pretrained(base or folder)
if base:
    from peft import PeftModel
    model = PeftModel.from_pretrained(model, folder)
tokenizer = AutoTokenizer.from_pretrained(folder)
messages = [{"role": "user", "content": "What is 2 plus 3?"}]
inputs = tokenizer.apply_chat_template(messages, add_generation_prompt=True, return_tensors="pt", return_dict=True)
output = model.generate(**inputs, max_new_tokens=16, do_sample=False)
print("ANSWER", repr(tokenizer.decode(output[0, inputs["input_ids"].shape[1]:])))`,
  );
  const log = `${program}.log`;
  const code = await workshop.run(program, { MODEL: folder, BASE: base ?? '' }, log);
  const said = await readFile(log, 'utf8');
  assert.equal(code, 0, said);
  return /^ANSWER (.*)$/m.exec(said)?.[1] ?? assert.fail(said);
}

async function datasetOf(t: TestContext, name: string, examples: readonly unknown[]): Promise<string> {
  const folder = await tempDir(t);
  await writeFile(join(folder, name), examples.map((example) => `${JSON.stringify(example)}\n`).join(''));
  return folder;
}

const numbers = Array.from({ length: 12 }, (_, i) => i);
const isEnd = ({ event }: Line): boolean => event === 'end';
const setting = (given: Given): string[] =>
  Object.entries(given).flatMap(([name, value]) => ['--set', `${name}=${String(value)}`]);

describe('a language model', () => {
  it('learns in a whole job and comes home as an adapter that answers', async (t) => {
    const home = await homeWithEnvironments(t);
    const models = await tempDir(t);
    const given = { ...quick, tuning: 'lora', learningRate: 0.002, epochs: 2 };
    const args = ['train', chats, ...setting(given), '--to', models, '--yes', '--json'];
    const { code, lines, stderr } = await runCli(args, { home, env: lonely });
    assert.equal(code, 0, stderr);

    const end = lines.find(isEnd);
    assert.equal(end?.state, 'succeeded');
    const points = lines.filter(({ event }) => event === 'point');
    assert.deepEqual(
      [points.at(-1)?.step, points.at(-1)?.totalSteps, points.at(-1)?.epoch, points.at(-1)?.totalEpochs],
      [28, 28, 2, 2],
    );
    const log = new Output(await readFile(join(home, 'jobs', String(end.job), 'output.log'), 'utf8'));
    const losses = log.steps.map(({ metrics }) => Number(metrics.loss));
    assert.equal(losses.length, 28);
    assert.ok((losses.at(-1) ?? NaN) < (losses[0] ?? NaN));
    // Before the first step and after each epoch.
    assert.deepEqual(
      log.samples.map(({ step }) => step),
      [0, 14, 28],
    );
    assert.ok(log.samples.every(({ prompt, reference }) => prompt === log.samples[0]?.prompt && reference));
    assert.deepEqual(Object.keys(log.samples[0]?.scores ?? {}), ['bleu', 'rouge_l']);

    const names = await readdir(models);
    const folder = names.find((name) => !name.endsWith('.json')) ?? assert.fail(names.join(', '));
    assert.deepEqual(names.sort(), [folder, `${folder}.card.json`].sort());
    const card = v.parse(cardSchema, JSON.parse(await readFile(join(models, `${folder}.card.json`), 'utf8')));
    assert.deepEqual(card.examples, { kind: 'chat', learned: 54, held_back: 6 });
    assert.deepEqual(
      [card.base_model, card.method, card.tuning, card.finished],
      ['tiny', 'sft', 'lora', true],
    );
    const adapter = join(models, folder);
    assert.match(await answerOf(t, adapter, join(adapter, 'base')), /^'.+'$/);
  });

  it('stops in the middle and goes on where it stopped', async (t) => {
    const home = await homeWithEnvironments(t);
    const models = await tempDir(t);
    // The samples make each step slow enough to be stopped after.
    const given = { ...quick, epochs: 2, sampleEvery: 1, samplePrompts: 2 };
    const args = ['train', chats, ...setting(given), '--to', models, '--yes', '--json'];
    const first = startCli(args, { home, env: lonely });
    const job = String((await first.until('a job', ({ event }) => event === 'state')).job);
    await first.until('three steps', ({ event, step }) => event === 'point' && Number(step) >= 3);
    const stop = await runCli(['stop', job], { home });
    assert.equal(stop.code, 0, stop.stderr);
    const stopped = await first.ended;
    assert.equal(stopped.lines.find(isEnd)?.state, 'cancelled', stopped.stderr);
    const stoppedAt = Number(stopped.lines.findLast(({ event }) => event === 'point')?.step);
    assert.ok(stoppedAt < 28);

    const resumed = await runCli(['resume', job, '--json'], { home, env: lonely });
    assert.equal(resumed.code, 0, resumed.stderr);
    const log = new Output(await readFile(join(home, 'jobs', job, 'output.log'), 'utf8'));
    assert.deepEqual(
      log.steps.map(({ step }) => step),
      Array.from({ length: 28 }, (_, index) => index + 1),
    );
    assert.ok(log.log.includes(`going on from checkpoint-${stoppedAt}`));
  });

  it('learns the same whether it was stopped or not', async (t) => {
    const whole = await Run.of(t, chats);
    await whole.train();

    const parted = await Run.of(t, chats);
    await parted.askToStop();
    const first = await parted.train();
    assert.equal(first.steps.length, 1);
    assert.deepEqual(await readdir(join(parted.output, 'checkpoints')), ['.unfinished', 'checkpoint-1']);
    assert.equal((await parted.card()).finished, false);

    const second = await parted.resume();
    assert.equal(second.steps[0]?.step, 2);
    const [a, b] = [await whole.card(), await parted.card()];
    assert.deepEqual([b.steps, b.finished, b.scores], [a.steps, true, a.scores]);
  });

  it('refuses to go on with other settings', async (t) => {
    const run = await Run.of(t, chats);
    await run.askToStop();
    await run.train();
    assert.equal(
      await run.refusal({ attempt: 2, given: { loraRank: 4, epochs: 2 } }),
      'The checkpoint checkpoint-1 does not fit: loraRank changed since; start a fresh job.',
    );
  });

  it('is trained as a whole, and loads as it is', async (t) => {
    const run = await Run.of(t, chats, { tuning: 'full', learningRate: 0.003, merge: true, epochs: 4 });
    const output = await run.train();
    assert.deepEqual(output.models, [join(run.output, 'model'), join(run.output, 'model.card.json')]);
    const [before, after] = [output.samples[0], output.samples.at(-1)];
    assert.ok(Number(after?.scores.rouge_l) > Number(before?.scores.rouge_l));
    assert.match(await answerOf(t, join(run.output, 'model')), /\w+ \w+/);
  });

  it('is merged with its adapter on demand, and answers the same', async (t) => {
    const run = await Run.of(t, chats, { learningRate: 0.005, epochs: 2, merge: true, packing: true });
    const output = await run.train();
    const [adapter, model] = [join(run.output, 'adapter'), join(run.output, 'model')];
    assert.deepEqual(output.models, [adapter, model, join(run.output, 'model.card.json')]);
    assert.equal(await answerOf(t, model), await answerOf(t, adapter, join(adapter, 'base')));
  });

  for (const tuning of ['lora', 'full']) {
    it(`learns from pairs of answers (${tuning})`, async (t) => {
      const pairs = numbers.map((i) => ({ prompt: `Say ${i}.`, chosen: `It is ${i}.`, rejected: 'No.' }));
      const run = await Run.of(t, await datasetOf(t, 'pairs.jsonl', pairs), { tuning, learningRate: 0.001 });
      const output = await run.train();
      const card = await run.card();
      assert.deepEqual([card.method, card.examples.kind], ['dpo', 'preference']);
      assert.ok('rewards/margins' in (output.steps.at(-1)?.metrics ?? {}), output.log);
      assert.ok(
        Number(card.scores.eval_loss) < Math.log(2),
        'it prefers the better answers more than at first',
      );
    });
  }

  for (const [kind, examples] of [
    ['alpaca', numbers.map((i) => ({ instruction: 'Repeat.', input: `${i}`, output: `It is ${i}.` }))],
    [
      'sharegpt',
      numbers.map((i) => ({
        conversations: [
          { from: 'human', value: `Repeat ${i}.` },
          { from: 'gpt', value: `It is ${i}.` },
        ],
      })),
    ],
    ['prompt-completion', numbers.map((i) => ({ prompt: `Repeat ${i}: `, completion: `It is ${i}.` }))],
    ['text', numbers.map((i) => ({ text: `It is ${i}, and it was ${i} all the time, said the clock.` }))],
  ] as const) {
    it(`learns from ${kind}`, async (t) => {
      const run = await Run.of(t, await datasetOf(t, 'data.jsonl', examples));
      const output = await run.train();
      const card = await run.card();
      assert.deepEqual(card.examples, { kind, learned: 11, held_back: 1 });
      assert.match(output.samples[0]?.reference ?? '', /it (is|was) \d+/i);
      assert.ok(Number.isFinite(card.scores.eval_loss));
    });
  }

  it('measures on a file of its own where there is one, and learns plain texts', async (t) => {
    const folder = await datasetOf(
      t,
      'a.jsonl',
      numbers.map((i) => ({ text: `It is ${i}.` })),
    );
    await writeFile(join(folder, 'a.val.jsonl'), '{"text": "It is 77, said the clock."}\n');
    const run = await Run.of(t, folder);
    const output = await run.train();
    assert.deepEqual((await run.card()).examples, { kind: 'text', learned: 12, held_back: 1 });
    assert.equal(output.samples[0]?.prompt, 'It is');

    const story = await tempDir(t);
    await writeFile(join(story, 'story.txt'), 'Once upon a time there was a clock.\n\n'.repeat(40));
    const texts = await Run.of(t, story);
    await texts.train();
    assert.equal((await texts.card()).examples.kind, 'text');
  });

  it('starts from a model in the dataset folder, with ChatML when it has no chat format', async (t) => {
    const made = await Run.of(t, chats, { tuning: 'full', maxSteps: 1 });
    await made.train();
    const folder = await tempDir(t);
    await cp(join(chats, 'chat.jsonl'), join(folder, 'chat.jsonl'));
    await cp(join(made.output, 'model'), join(folder, 'base'), { recursive: true });
    await rm(join(folder, 'base', 'chat_template.jinja'));

    const run = await Run.of(t, folder, { model: 'base', maxSteps: 2, sampleEvery: 1, saveSteps: 1 });
    const output = await run.train();
    assert.match(output.log, /ChatML is used/);
    assert.deepEqual(
      output.samples.map(({ step }) => step),
      [0, 1, 2],
    );
    const config: unknown = JSON.parse(
      await readFile(join(run.output, 'adapter', 'adapter_config.json'), 'utf8'),
    );
    assert.equal(
      v.parse(v.looseObject({ base_model_name_or_path: v.string() }), config).base_model_name_or_path,
      'base',
    );
    assert.equal(
      await run.refusal({ given: { chatTemplate: 'model' } }),
      'base is a base model without a chat format; pick the Instruct version, or set chatTemplate to auto.',
    );
  });

  it('says in one sentence why it cannot begin', async (t) => {
    const run = await Run.of(t, chats);
    assert.equal(
      await run.refusal({ given: { tuning: 'qlora' } }),
      'QLoRA needs an NVIDIA GPU, and this machine has none; set tuning to lora.',
    );
    assert.equal(
      await run.refusal({ given: { model: 'nobody/nothing' } }),
      'Hugging Face cannot be reached from this machine, so nobody/nothing cannot be downloaded; check its network, or put the model into the dataset folder.',
    );
    assert.equal(
      await run.refusal({ given: { model: 'nothing' } }),
      'There is no model nothing: give a name on Hugging Face like Qwen/Qwen2.5-0.5B-Instruct, or a folder of the dataset with a config.json.',
    );
    assert.equal(
      await run.refusal({ given: { method: 'dpo' } }),
      'For DPO every line needs prompt, chosen and rejected; the data is chat.',
    );
  });

  it('comes home without a GGUF file where llama.cpp is missing, and says so', async (t) => {
    const run = await Run.of(t, chats, { maxSteps: 1, gguf: 'q8_0' });
    const output = await run.train({ variables: { PATH: '', HOME: await tempDir(t) } });
    assert.match(
      output.log,
      /no GGUF file was made: convert_hf_to_gguf.py of llama.cpp is not on this machine/,
    );
    assert.deepEqual(output.models, [join(run.output, 'adapter'), join(run.output, 'model.card.json')]);
  });
});
