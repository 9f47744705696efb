import assert from 'node:assert/strict';
import { test } from 'node:test';
import { billionsInName } from '../../../src/recipes/llm/modelSize.js';
import { llm } from '../../../src/recipes/llm.js';
import { parseParameters } from '../../../src/recipes/parameters.js';
import type { Estimate } from '../../../src/recipes/recipe.js';
import type { CleanUp } from '../../support/tempDir.js';
import { checkFiles, type Files, never, openFolder, sentences } from './folders.js';

type Given = Readonly<Record<string, unknown>>;

const line = (example: unknown): string => `${JSON.stringify(example)}\n`;
const chat = line({
  messages: [
    { role: 'user', content: 'What is 2 plus 3?' },
    { role: 'assistant', content: '5' },
  ],
});

async function fit(t: CleanUp, files: Files): Promise<string | undefined> {
  const found = await llm.detect(await openFolder(t, files), never);
  return found && `${found.score}: ${found.why}`;
}

async function estimated(t: CleanUp, given: Given, files: Files = { 'a.jsonl': chat }): Promise<Estimate> {
  const folder = await openFolder(t, files);
  return (await llm.estimate?.(folder, parseParameters(llm, given), never)) ?? assert.fail('no estimate');
}

async function modelSays(t: CleanUp, given: Given, files: Files = {}): Promise<string[]> {
  const found = await checkFiles(t, llm, { 'a.jsonl': chat, ...files }, given);
  return sentences(found).filter((sentence) => sentence.includes(' llm.'));
}

const secretOf = (given: Given) => llm.secrets?.(parseParameters(llm, given))[0];

test('a folder of examples fits well, for a reason', async (t) => {
  assert.equal(await fit(t, { 'a.jsonl': chat }), '0.85: has chat messages in a.jsonl');
  assert.equal(
    await fit(t, { 'a.jsonl': line({ prompt: 'x', chosen: 'y', rejected: 'z' }), 'b.jsonl': chat }),
    '0.85: has pairs of answers in 2 .jsonl files',
  );
  assert.equal(
    await fit(t, { 'a.jsonl': chat, 'b.bin': 'x'.repeat(500) }),
    '0.5: has chat messages in a.jsonl',
  );
});

test('examples that must be repaired first fit too', async (t) => {
  assert.equal(await fit(t, { 'a.jsonl': '{"message' }), '0.4: has a.jsonl');
  assert.equal(await fit(t, { 'a.json': `[${chat}]` }), '0.6: has a list of chat messages in a.json');
  assert.equal(await fit(t, { 'a.json': '{"name": "x"}' }), undefined);
  assert.equal(await fit(t, { 'a.json': '[{"name": "x"}]' }), undefined);
});

test('a folder of texts fits a little, and text beside other things does not', async (t) => {
  const story = 'Once upon a time. '.repeat(300);
  assert.equal(await fit(t, { 'a.txt': story, 'b.md': story }), '0.3: has 2 texts');
  assert.equal(await fit(t, { 'notes.md': 'Buy milk' }), undefined);
  assert.equal(await fit(t, { 'README.md': 'About', 'train.py': 'pass' }), undefined);
  assert.equal(await fit(t, { 'a.jpg': 'x'.repeat(500), 'a.txt': 'a caption' }), undefined);
});

test('the size of a model is read from its name', () => {
  for (const [name, billions] of [
    ['Qwen/Qwen2.5-0.5B-Instruct', 0.5],
    ['HuggingFaceTB/SmolLM2-1.7b', 1.7],
    ['HuggingFaceTB/SmolLM2-135M', 0.135],
    ['meta-llama/Llama-3.1-70B', 70],
    ['mistralai/Mixtral-8x7B-v0.1', 56],
    ['Qwen/Qwen3-30B-A3B', 30],
    ['7B/model', undefined],
    ['microsoft/phi-4', undefined],
    ['me/bert-v2b3', undefined],
  ] as const) {
    assert.equal(billionsInName(name), billions, name);
  }
});

test('the memory follows from the model, the tuning, the length and the batch', async (t) => {
  const vram = async (given: Given): Promise<number> => {
    const found = await estimated(t, { model: 'Qwen/Qwen2.5-7B-Instruct', ...given });
    return found.vramGb ?? assert.fail('needs a GPU');
  };
  const [qlora, lora, full] = [
    await vram({ tuning: 'qlora' }),
    await vram({ tuning: 'lora' }),
    await vram({ tuning: 'full' }),
  ];
  // 7 billion weights are 5 GB in 4 bits, 14 GB in 16 bits and 112 GB with gradients and both moments of Adam.
  assert.ok(qlora > 6 && qlora < 14, `QLoRA: ${qlora} GB`);
  assert.ok(lora > 16 && lora < 24, `LoRA: ${lora} GB`);
  assert.ok(full > 120 && full < 150, `full: ${full} GB`);
  assert.ok((await vram({ maxLength: 8192 })) > lora);
  assert.ok((await vram({ batch: 16 })) > lora);
  assert.ok((await vram({ gradientCheckpointing: false })) > lora);
  assert.ok((await vram({ method: 'dpo', tuning: 'full' })) > full);
  assert.ok((await vram({ model: 'Qwen/Qwen2.5-0.5B' })) < 8);
});

test('a model in the folder is weighed, and the tiny one needs no GPU', async (t) => {
  const files = {
    'a.jsonl': chat,
    'base/model.safetensors': Buffer.alloc(1_000_000),
    'base/config.json': '{}',
  };
  const found = await estimated(t, { model: 'base' }, files);
  assert.ok((found.vramGb ?? 0) < 5);
  assert.equal((await estimated(t, { model: 'tiny' })).vramGb, null);
});

test('the time follows from the words, the model and the tuning', async (t) => {
  const lines = `${chat}\n`.repeat(20_000);
  const hours = async (given: Given): Promise<number> => {
    const { hours: found } = await estimated(
      t,
      { model: 'Qwen/Qwen2.5-7B', epochs: 3, ...given },
      { 'a.jsonl': lines },
    );
    return found?.gpu ?? assert.fail('no time');
  };
  const lora = await hours({});
  // Tokens × weights × operations, at a quarter of the V100's data sheet.
  const tokens = (Buffer.byteLength(lines) / 4) * 3;
  assert.ok(Math.abs(lora - (tokens * 7e9 * 6) / 31e12 / 3600) < lora / 100, `${lora} h`);
  assert.ok((await hours({ tuning: 'full' })) > lora);
  assert.ok((await hours({ tuning: 'qlora' })) > lora);
  assert.ok((await hours({ model: 'Qwen/Qwen2.5-0.5B' })) < lora / 10);
  assert.ok((await hours({ maxSteps: 1 })) < lora / 10);
});

test('the disk holds the packages, the model, checkpoints and results', async (t) => {
  const disk = async (given: Given): Promise<number> =>
    (await estimated(t, { model: 'Qwen/Qwen2.5-7B', ...given })).diskGb;
  const adapter = await disk({});
  assert.ok(adapter > 26 && adapter < 40, `${adapter} GB`);
  assert.ok((await disk({ merge: true })) >= adapter + 14);
  assert.ok((await disk({ tuning: 'full' })) > 250);
});

test('a gated model needs a token, with the place to get it', () => {
  assert.deepEqual(secretOf({ model: 'meta-llama/Llama-3.1-8B' }), {
    name: 'HF_TOKEN',
    required: true,
    why: 'meta-llama/Llama-3.1-8B is handed out only to accounts that accepted its licence: accept it at https://huggingface.co/meta-llama/Llama-3.1-8B, then make a token with read access at https://huggingface.co/settings/tokens.',
  });
  assert.equal(secretOf({ model: 'google/gemma-3-4b-it' })?.required, true);
  assert.equal(secretOf({ model: 'mistralai/Mistral-7B-Instruct-v0.3' })?.required, true);
});

test('other models take a token where there is one, and what is here already takes none', () => {
  assert.equal(secretOf({ model: 'Qwen/Qwen2.5-0.5B-Instruct' })?.required, false);
  assert.equal(secretOf({ model: 'me/meta-llama' })?.required, false);
  assert.equal(secretOf({ model: 'tiny' }), undefined);
  assert.equal(secretOf({ model: 'base' }), undefined);
});

test('only QLoRA takes bitsandbytes', async (t) => {
  const folder = await openFolder(t, { 'a.jsonl': chat });
  const needed = async (tuning: string): Promise<boolean> => {
    const { requirements } = await llm.environment(folder, parseParameters(llm, { tuning }), never);
    return requirements.some((requirement) => requirement.startsWith('bitsandbytes'));
  };
  assert.deepEqual([await needed('lora'), await needed('full'), await needed('qlora')], [false, false, true]);
});

test('a model that is neither on the hub nor in the folder is refused', async (t) => {
  assert.deepEqual(await modelSays(t, { model: 'llama' }), [
    'error llm.model-missing: There is no model llama: it is neither a name on Hugging Face, as Qwen/Qwen2.5-0.5B-Instruct is, nor a folder of the dataset with a config.json. → Set model.',
  ]);
  assert.deepEqual(await modelSays(t, { model: 'base' }, { 'base/config.json': '{}' }), []);
  assert.deepEqual(await modelSays(t, { model: 'Qwen/Qwen2.5-0.5B' }), []);
});

test('a model of the folder without a chat format is refused when its own is wanted', async (t) => {
  const files = { 'base/config.json': '{}', 'base/tokenizer_config.json': '{}' };
  assert.deepEqual(await modelSays(t, { model: 'base', chatTemplate: 'model' }, files), [
    'error llm.no-chat-template: base is a base model without a chat format. → Pick the Instruct version, or set chatTemplate to auto.',
  ]);
  assert.deepEqual(await modelSays(t, { model: 'base' }, files), []);
  for (const [name, content] of [
    ['chat_template.jinja', '{{ messages }}'],
    ['tokenizer_config.json', '{"chat_template": "{{ messages }}"}'],
  ] as const) {
    const more = { ...files, [`base/${name}`]: content };
    assert.deepEqual(await modelSays(t, { model: 'base', chatTemplate: 'model' }, more), []);
  }
});

test('the batch is what is halved when the memory is too small', () => {
  const batch = llm.parameters.find(({ name }) => name === llm.batchParameter);
  assert.equal(batch?.type, 'integer');
});

test('QLoRA of the tiny model is a detour', async (t) => {
  assert.deepEqual(await modelSays(t, { model: 'tiny', tuning: 'qlora' }), [
    'warning llm.tiny-qlora: The model tiny gains nothing from QLoRA. → Set tuning to lora.',
  ]);
});
