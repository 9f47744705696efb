/** What an example is, by the names of its fields. */
export type ExampleKind =
  | 'text'
  | 'chat'
  | 'prompt-completion'
  | 'alpaca'
  | 'sharegpt'
  | 'preference'
  | 'kto';

export type JsonObject = Readonly<Record<string, unknown>>;

/** What is called how when we speak of it. */
export const kindNames: Readonly<Record<ExampleKind, string>> = {
  text: 'plain texts',
  chat: 'chat messages',
  'prompt-completion': 'prompts with completions',
  alpaca: 'Alpaca instructions',
  sharegpt: 'ShareGPT conversations',
  preference: 'pairs of answers',
  kto: 'KTO examples',
};

/** Fields without which an example is none; `prompt` of a pair may be what both answers begin with. */
export const requiredFields: Readonly<Record<ExampleKind, readonly string[]>> = {
  text: ['text'],
  chat: ['messages'],
  'prompt-completion': ['prompt', 'completion'],
  alpaca: ['instruction', 'output'],
  sharegpt: ['conversations'],
  preference: ['chosen', 'rejected'],
  kto: ['prompt', 'completion', 'label'],
};

/** Fields that are read where they are there. */
export const optionalFields: Readonly<Record<ExampleKind, readonly string[]>> = {
  text: [],
  chat: [],
  'prompt-completion': [],
  alpaca: ['input', 'system'],
  sharegpt: ['system'],
  preference: ['prompt'],
  kto: [],
};

/** The first that fits decides. */
const byPrecedence: readonly ExampleKind[] = [
  'preference',
  'chat',
  'sharegpt',
  'kto',
  'prompt-completion',
  'alpaca',
  'text',
];

export function kindOf(example: JsonObject): ExampleKind | undefined {
  return byPrecedence.find((kind) => requiredFields[kind].every((field) => field in example));
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The commonest kind; `undefined` when there is none. */
export function commonestKind(kinds: readonly ExampleKind[]): ExampleKind | undefined {
  const counts = new Map<ExampleKind, number>();
  for (const kind of kinds) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
}
