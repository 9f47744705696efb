import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { DatasetFolder } from '../../../../../src/recipes/datasets/datasetFolder.js';
import { llm } from '../../../../../src/recipes/llm.js';
import { parseParameters } from '../../../../../src/recipes/parameters.js';
import type { CleanUp } from '../../../../support/tempDir.js';
import { checkFiles, type Files, folderWith, never, sentences } from '../../folders.js';
import { chat, jsonl, manyChats, manyPairs } from './examples.js';

type Given = Readonly<Record<string, unknown>>;

/** What is said about one file, but for the hint that there are few examples. */
async function said(t: CleanUp, content: string | Buffer, given: Given = {}): Promise<string[]> {
  return saidOf(t, { 'chat.jsonl': content }, given);
}

async function saidOf(t: CleanUp, files: Files, given: Given = {}): Promise<string[]> {
  const small = { batch: 1, gradientAccumulation: 1, ...given };
  const found = sentences(await checkFiles(t, llm, files, small));
  return found.filter((sentence) => !sentence.startsWith('hint jsonl.too-few'));
}

/** Good lines with these among them, the first of them in line 3. */
function among(...lines: readonly unknown[]): string {
  const [first = '', second = '', ...rest] = manyChats(60).split('\n');
  const odd = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line)));
  return [first, second, ...odd, ...rest].join('\n');
}

test('good examples have no problems and are summed up', async (t) => {
  assert.deepEqual(await checkFiles(t, llm, { 'chat.jsonl': manyChats(600) }), {
    problems: [],
    summary: { files: ['chat.jsonl'], kind: 'chat', method: 'sft', examples: 600, longestTokens: 11 },
  });
});

test('the sample has no problems', async (t) => {
  const content = await readFile(new URL('../../../../../samples/chat/chat.jsonl', import.meta.url));
  const found = await checkFiles(t, llm, { 'chat.jsonl': content });
  assert.deepEqual(
    found.problems.filter(({ severity }) => severity !== 'hint'),
    [],
  );
  assert.equal(found.summary.examples, 60);
});

test('every kind of example is known by its fields', async (t) => {
  const kinds: Readonly<Record<string, unknown>> = {
    text: { text: 'Once upon a time.' },
    'prompt-completion': { prompt: '2 + 3 =', completion: '5' },
    alpaca: { instruction: 'Add.', input: '2 and 3', output: '5' },
    sharegpt: {
      conversations: [
        { from: 'human', value: '2 + 3?' },
        { from: 'gpt', value: '5' },
      ],
    },
    preference: { prompt: '2 + 3 =', chosen: '5', rejected: '6' },
  };
  for (const [kind, example] of Object.entries(kinds)) {
    const { summary } = await checkFiles(t, llm, { 'a.jsonl': jsonl(example) });
    assert.deepEqual([summary.kind, summary.method], [kind, kind === 'preference' ? 'dpo' : 'sft']);
  }
});

test('a folder without examples is refused', async (t) => {
  assert.deepEqual(await saidOf(t, { 'a.bin': 'x' }), [
    'error jsonl.missing: The folder holds no .jsonl file with examples. → Add one with one JSON object per line, as in {"messages": [{"role": "user", "content": "…"}, …]}.',
  ]);
  assert.deepEqual(await saidOf(t, { 'validation.jsonl': manyChats(3) }), [
    'error jsonl.missing: The folder holds validation.jsonl to validate on, but no .jsonl file to learn from. → Add one with one JSON object per line, as in {"messages": [{"role": "user", "content": "…"}, …]}.',
  ]);
  for (const content of ['', '\n \n\n']) {
    assert.deepEqual(await said(t, content), [
      'error jsonl.empty: chat.jsonl is empty. → Fill it, or remove it from the folder.',
    ]);
  }
});

test('a list of examples is refused, in a .json and in a .jsonl file', async (t) => {
  const list = JSON.stringify([chat('Hi', 'Hello'), chat('Bye', 'Goodbye')], null, 2);
  assert.deepEqual(await saidOf(t, { 'chat.json': list }), [
    'error jsonl.list: chat.json is a JSON list, not JSON Lines. → Write chat.jsonl with one object per line.',
  ]);
  assert.deepEqual(await said(t, list), [
    'error jsonl.list: chat.jsonl is a JSON list, not JSON Lines. → Write one object per line into chat.jsonl.',
  ]);
});

test('objects over several lines are refused', async (t) => {
  for (const indent of [2, '\t']) {
    assert.deepEqual(await said(t, JSON.stringify(chat('Hi', 'Hello'), null, indent)), [
      'error jsonl.pretty-printed: chat.jsonl holds objects that go over several lines; every object needs one line. → Write one object per line into chat.jsonl.',
    ]);
  }
});

for (const [line, why] of [
  ['{"messages": [', 'it ends in the middle'],
  ["{'messages': []}", 'it uses single quotes; JSON wants double quotes'],
  ['{“messages”: []}', 'it uses typographic quotes; JSON wants " and "'],
  ['{"messages": []},', 'it ends with a comma'],
  ['{"messages": [],}', 'there is a comma before a closing bracket'],
  ['{"messages": None}', 'None is no JSON; write null'],
  ['{"good": True}', 'True is no JSON; write true'],
  ['{"messages": []} {"messages": []}', 'something follows its end; every object needs a line of its own'],
  ['{"text": "a\tb"}', 'a tab or another control character stands in a text; write \\t'],
  ['{"text" "b"}', 'something is wrong at column 9, near {"text" "b"}'],
  ['{text: "b"}', 'something is wrong at column 2, near {text: "b"}'],
] as const) {
  test(`a line that is not JSON is refused with the reason: ${why}`, async (t) => {
    assert.deepEqual(await said(t, among(line)), [
      `error jsonl.invalid: Line 3 of chat.jsonl is not valid JSON: ${why}. → Write one JSON object per line, as a JSON library does.`,
    ]);
  });
}

test('bad lines of one kind are one sentence with their number and the first of them', async (t) => {
  assert.deepEqual(await said(t, among('{', '{', '{"a":1,')), [
    'error jsonl.invalid: Line 3 of chat.jsonl (and 2 more like it) is not valid JSON: it ends in the middle. → Write one JSON object per line, as a JSON library does.',
  ]);
});

test('a line that is no object is refused', async (t) => {
  assert.deepEqual(await said(t, among('["a"]', '5')), [
    'error jsonl.not-object: Line 3 of chat.jsonl (and 1 more like it) holds a list instead of an object with fields. → Write one JSON object per line.',
  ]);
});

test('lines with other fields than the rest are refused', async (t) => {
  assert.deepEqual(await said(t, among({ prompt: 'Hi', completion: 'Hello' })), [
    'error jsonl.fields: Line 3 of chat.jsonl has other fields than the rest: new prompt, completion, missing messages. → Give all lines the same fields, or move these lines to a folder of their own.',
  ]);
  const [first = ''] = manyChats(1).split('\n');
  const files = { 'a.jsonl': manyChats(60), 'b.jsonl': `${first}\n{"text":"x"}` };
  assert.deepEqual(await saidOf(t, files), [
    'error jsonl.fields: Line 2 of b.jsonl has other fields than the rest: new text, missing messages. → Give all lines the same fields, or move these lines to a folder of their own.',
    'hint jsonl.duplicate: Line 1 of b.jsonl repeats an earlier line. → Remove repeats: they weigh double.',
  ]);
});

test('a field of another type is refused', async (t) => {
  const texts = (value: unknown): string =>
    jsonl(...Array.from({ length: 60 }, (_, i) => ({ text: `t${i}` })), { text: value });
  for (const [value, name] of [
    [['a'], 'a list'],
    [null, 'null'],
    [5, 'a number'],
    [{ a: 1 }, 'an object'],
  ] as const) {
    assert.deepEqual(await said(t, texts(value)), [
      `error jsonl.type: Line 61 of chat.jsonl cannot be read: 'text' holds ${name}. → Write text there, or a list of messages.`,
    ]);
  }
  assert.deepEqual(
    await said(t, among({ messages: 'Hi' }, { messages: [] }, { messages: [{ content: 'x' }] })),
    [
      "error jsonl.type: Line 3 of chat.jsonl (and 2 more like it) cannot be read: 'messages' holds text. → Write text there, or a list of messages.",
    ],
  );
});

test('texts among messages are refused', async (t) => {
  const pair = {
    prompt: 'Hi',
    chosen: [{ role: 'assistant', content: 'Hello' }],
    rejected: [{ role: 'assistant', content: 'What' }],
  };
  assert.deepEqual(await said(t, `${manyPairs(60)}${JSON.stringify(pair)}`), [
    'error jsonl.form: Line 61 of chat.jsonl holds messages, and the first line texts. → Write all lines as texts, or all as messages.',
  ]);
});

test('examples of no known kind are refused with what they might be', async (t) => {
  assert.deepEqual(await said(t, jsonl({ question: 'Hi', answer: 'Hello' })), [
    'error jsonl.unknown-kind: The lines of chat.jsonl hold no examples: they have the fields question, answer. → Rename question to prompt and answer to completion.',
  ]);
  assert.deepEqual(await said(t, jsonl({ id: 1 })), [
    'error jsonl.unknown-kind: The lines of chat.jsonl hold no examples: they have the fields id. → Give each line messages, prompt and completion, text, or chosen and rejected.',
  ]);
});

test('answers marked good or bad are refused', async (t) => {
  assert.deepEqual(await said(t, jsonl({ prompt: 'Hi', completion: 'Hello', label: true })), [
    'error jsonl.kto: chat.jsonl holds single answers that are marked good or bad (KTO), which this recipe does not learn from. → Keep prompt and completion of the good ones, or make pairs with chosen and rejected.',
  ]);
});

test('a method that does not fit the examples is refused', async (t) => {
  assert.deepEqual(await said(t, manyChats(60), { method: 'dpo' }), [
    'error jsonl.no-pairs: For DPO every line needs prompt, chosen and rejected; those of chat.jsonl have messages. → Set method to sft, or add pairs.',
  ]);
  assert.deepEqual(
    await said(t, jsonl({ prompt: 'a', choosen: 'b', reject: 'c', completion: 'b' }), { method: 'dpo' }),
    [
      'error jsonl.no-pairs: For DPO every line needs prompt, chosen and rejected; those of chat.jsonl have prompt, choosen, reject, completion. → Rename choosen to chosen.',
      'hint jsonl.extra-fields: Line 1 of chat.jsonl has fields that are not learned (choosen, reject).',
    ],
  );
  assert.deepEqual(await said(t, manyPairs(60), { method: 'sft' }), [
    'error jsonl.pairs: chat.jsonl holds pairs of answers (chosen, rejected), which SFT cannot learn from. → Set method to dpo, or to auto.',
  ]);
});

test('roles that no chat format knows are refused', async (t) => {
  const bot = {
    messages: [
      { role: 'human', content: 'Hi' },
      { role: 'bot', content: 'Hello' },
    ],
  };
  assert.deepEqual(await said(t, among(bot)), [
    "error jsonl.role: Line 3 of chat.jsonl has a message of 'human', which no chat format knows. → Call the roles system, user, assistant and tool.",
  ]);
});

test('conversations that end badly or say nothing are told', async (t) => {
  const user = (content: string): unknown => ({ role: 'user', content });
  const assistant = (content: string): unknown => ({ role: 'assistant', content });
  const odd = [
    { messages: [user('Hi'), user('there'), assistant('Hello')] },
    { messages: [user('Hi'), assistant('Hello'), user('Bye')] },
    { messages: [user('Hi'), assistant(' ')] },
    { messages: [user('Hey'), { role: 'system', content: 'Be short.' }, assistant('Hello')] },
  ];
  assert.deepEqual(await said(t, among(...odd)), [
    'warning jsonl.same-role: Line 3 of chat.jsonl has two user messages in a row. → Merge them: some models refuse such a conversation, others learn it badly.',
    'warning jsonl.open-end: Line 4 of chat.jsonl ends with a user message: nothing is learned from that end. → Add the answer, or remove the last message.',
    'warning jsonl.late-system: Line 6 of chat.jsonl has a system message after its beginning. → Put it first: many chat formats know no other place for it.',
    'warning jsonl.empty: Line 5 of chat.jsonl has an empty assistant text. → Fill it in, or remove the line: the model would learn to say nothing.',
  ]);
  assert.deepEqual(await said(t, among({ messages: [user('Hi')] })), [
    'error jsonl.no-answer: Line 3 of chat.jsonl has no message of the assistant: there is nothing to learn from. → Add the answer, or remove the conversation.',
  ]);
});

test('pairs that teach nothing are told', async (t) => {
  const odd = [
    { prompt: 'Say it.', chosen: 'Yes', rejected: 'Yes' },
    { prompt: 'Say it.', chosen: 'Yes', rejected: '' },
    { prompt: 'Say it.', chosen: 'Say it. Yes', rejected: 'Say it. No' },
  ];
  assert.deepEqual(await said(t, manyPairs(60) + jsonl(...odd)), [
    'warning jsonl.identical-pair: Line 61 of chat.jsonl has the same answer as chosen and as rejected: nothing is learned from it. → Remove such pairs.',
    'warning jsonl.empty-rejected: Line 62 of chat.jsonl has an empty rejected answer. → Give a real answer that is worse: else the model only learns not to be silent.',
    'warning jsonl.repeated-prompt: Line 63 of chat.jsonl repeats the prompt at the beginning of chosen. → Leave the prompt out of chosen and rejected.',
  ]);
});

test('examples that would be cut are told, with the longest', async (t) => {
  const long = chat('Tell me.', 'word '.repeat(1000));
  assert.deepEqual(
    await said(t, among(long, long), { maxLength: 1024 }),
    [
      'warning jsonl.too-long: About 3 % of the examples are longer than 1,024 tokens and would be cut; the longest has about 1,255. → Raise maxLength, which takes more memory, or shorten them.',
      'hint jsonl.duplicate: Line 4 of chat.jsonl repeats an earlier line. → Remove repeats: they weigh double.',
    ].sort((a, b) => (a < b ? -1 : 1)),
  );
  assert.deepEqual(await said(t, among(chat('말해.', '가'.repeat(1200))), { maxLength: 1024 }), []);
  assert.match(
    (await said(t, among(chat('말해.', '가'.repeat(1800))), { maxLength: 1024 })).join(),
    /the longest has about 1,\d\d\d/,
  );
});

test('few examples are told, the fewer the louder', async (t) => {
  const few = async (count: number): Promise<string[]> =>
    sentences(
      await checkFiles(t, llm, { 'a.jsonl': manyChats(count) }, { batch: 1, gradientAccumulation: 1 }),
    );
  const rest = 'expect the model to learn them by heart; 500 are a usual minimum.';
  assert.deepEqual(await few(49), [`warning jsonl.too-few: 49 examples: ${rest}`]);
  assert.deepEqual(await few(499), [`hint jsonl.too-few: 499 examples: ${rest}`]);
  assert.deepEqual(await few(500), []);
});

test('a step that takes more than there is, is told', async (t) => {
  assert.deepEqual(await said(t, manyChats(60), { batch: 32, gradientAccumulation: 2 }), [
    'warning jsonl.one-step: A step takes batch × gradientAccumulation = 64 examples, and there are 54: an epoch is a single step. → Lower batch or gradientAccumulation.',
  ]);
  assert.deepEqual(await said(t, manyChats(60), { packing: true, maxLength: 2048 }), [
    'warning jsonl.one-step: Packed to 2,048 tokens, all examples fit into one batch: an epoch is a single step. → Set packing to false, or batch to 1.',
  ]);
  assert.deepEqual(await said(t, manyPairs(60), { packing: true }), [
    'hint jsonl.packing: DPO learns from pairs and packs nothing: packing has no effect.',
  ]);
});

test('a validation part that is empty is told', async (t) => {
  const sentence =
    'warning jsonl.empty-validation: With one example there is nothing to hold back for validation. → Add examples, or set validation to 0.';
  assert.ok((await said(t, manyChats(1))).includes(sentence));
  assert.deepEqual(await saidOf(t, { 'a.jsonl': manyChats(60), 'a.val.jsonl': '\n\n' }), [
    'error jsonl.empty: a.val.jsonl holds no examples to validate on. → Fill it, or remove it.',
  ]);
  assert.deepEqual(await said(t, manyChats(60), { validation: 0 }), [
    'hint jsonl.no-validation: Nothing is held back to validate on: learning by heart would go unnoticed. → Set validation to 0.1, or split some off.',
  ]);
});

test('a validation file is checked as well, and a test file is left alone', async (t) => {
  const files = {
    'train.jsonl': manyChats(600),
    'validation.jsonl': jsonl(chat('Hi', 'Hello')),
    'test.jsonl': '{',
  };
  const found = await checkFiles(t, llm, files);
  assert.deepEqual(sentences(found), [
    'hint jsonl.test-file: test.jsonl is left alone, for testing afterwards.',
  ]);
  assert.deepEqual([found.summary.examples, found.summary.validationExamples], [600, 1]);
  assert.deepEqual(await saidOf(t, { 'train.jsonl': manyChats(60), 'validation.jsonl': '{"text":"x"}' }), [
    'error jsonl.fields: Line 1 of validation.jsonl has other fields than the rest: new text, missing messages. → Give all lines the same fields, or move these lines to a folder of their own.',
  ]);
});

test('repeats, secrets and personal data are hinted at', async (t) => {
  const key = ['AK', 'IAIOSFODNN7EXAMPLE'].join('');
  const odd = [
    chat('What is 1 plus 500?', 'It is 501.'),
    chat('The key?', `It is ${key}.`),
    chat('Token?', ['hf', 'a'.repeat(34)].join('_')),
    chat('Mail?', 'ann@example.org'),
    chat('Account?', 'DE89 3704 0044 0532 0130 00'),
  ];
  assert.deepEqual(await said(t, among(odd[0], ...odd)), [
    'hint jsonl.duplicate: Line 4 of chat.jsonl repeats an earlier line. → Remove repeats: they weigh double.',
    'hint jsonl.secret: Line 5 of chat.jsonl (and 1 more like it) seems to hold an AWS access key. → Remove it: the model may give it away.',
    'hint jsonl.personal: Line 7 of chat.jsonl (and 1 more like it) holds an e-mail address. → Make sure that the model may know it: it may give it away.',
  ]);
});

test('what is converted or not learned is hinted at', async (t) => {
  const alpaca = { instruction: 'Add.', input: '2 and 3', output: '5' };
  assert.deepEqual(
    await said(t, jsonl(...Array.from({ length: 60 }, (_, i) => ({ ...alpaca, output: `${i}` })))),
    [
      'hint jsonl.converted: chat.jsonl holds Alpaca instructions; they are read as chat messages, the file stays as it is.',
    ],
  );
  const call = {
    messages: [
      { role: 'user', content: 'x' },
      { role: 'assistant', content: null, tool_calls: [] },
    ],
  };
  assert.deepEqual(await said(t, among({ ...chat('Hi', 'Hello'), id: 7, source: 'me' }, call)), [
    'hint jsonl.extra-fields: Line 3 of chat.jsonl (and 1 more like it) has fields that are not learned (id, source).',
  ]);
});

test('a byte order mark is hinted at and read over', async (t) => {
  assert.deepEqual(await said(t, `\uFEFF${manyChats(60)}`), [
    'hint jsonl.byte-order-mark: chat.jsonl begins with a byte order mark, at which other programs stumble.',
  ]);
});

test('text that is not UTF-8 is refused with its line', async (t) => {
  const latin = Buffer.from(among(chat('Käse?', 'Ja.')), 'latin1');
  assert.deepEqual(await said(t, latin), [
    'error jsonl.encoding: Line 3 of chat.jsonl is not UTF-8 text. → Save the file as UTF-8.',
  ]);
  assert.deepEqual(await said(t, Buffer.from(`\uFEFF${manyChats(2)}`, 'utf16le')), [
    'error jsonl.encoding: chat.jsonl is UTF-16 text, not UTF-8. → Save it as UTF-8.',
  ]);
});

test('a bad byte far into a large file is found in its line', async (t) => {
  const good = manyChats(20_000);
  const content = Buffer.concat([Buffer.from(good), Buffer.from('{"messages":"\xff"}\n', 'latin1')]);
  assert.deepEqual(await said(t, content), [
    'error jsonl.encoding: Line 20001 of chat.jsonl is not UTF-8 text. → Save the file as UTF-8.',
  ]);
});

test('a folder of plain texts is learned from as it is', async (t) => {
  const files = { 'README.md': 'About.', 'story.txt': 'Once upon a time. '.repeat(20) };
  const found = await checkFiles(t, llm, files);
  assert.deepEqual(sentences(found), [
    'warning jsonl.too-few: The texts have 361 characters: expect the model to learn them by heart.',
  ]);
  assert.deepEqual([found.summary.kind, found.summary.files], ['text', ['story.txt']]);
  assert.deepEqual(sentences(await checkFiles(t, llm, files, { method: 'dpo' })), [
    'error jsonl.no-pairs: For DPO a .jsonl file with prompt, chosen and rejected is needed; the folder holds plain text. → Set method to sft.',
  ]);
});

test('a check says how far it is and ends when it is told to', async (t) => {
  const path = await folderWith(t, { 'chat.jsonl': manyChats(20_000), 'validation.jsonl': manyChats(10) });
  const folder = await DatasetFolder.open(path, never);
  const parameters = parseParameters(llm, {});
  const seen: number[] = [];
  let whole = 0;
  await llm.check(folder, parameters, never, (done, total) => {
    seen.push(done);
    whole = total;
  });
  assert.equal(seen.at(-1), whole);
  assert.deepEqual(
    [...seen].sort((a, b) => a - b),
    seen,
  );
  const stop = new AbortController();
  await assert.rejects(
    llm.check(folder, parameters, stop.signal, () => stop.abort()),
    { name: 'AbortError' },
  );
});

test('a line without an end is not read into memory for ever', async (t) => {
  const endless = Buffer.alloc(33 * 1024 * 1024, 'x');
  assert.deepEqual(await said(t, Buffer.concat([Buffer.from(manyChats(3)), endless])), [
    'error jsonl.endless-line: Line 4 of chat.jsonl is longer than any example can be. → Write one example per line.',
  ]);
});
