import { kindOf, optionalFields, requiredFields, type ExampleKind, type JsonObject } from './exampleKind.js';
import type { Tell } from './finding.js';
import { checkConversation, checkMessages, textOf, typeName } from './turns.js';

/** Prompts and answers are all texts, or all messages. */
type Form = 'texts' | 'messages';

/** Looks at the examples of one kind, one after the other. */
export class ExampleCheck {
  readonly kind: ExampleKind;
  readonly #known: ReadonlySet<string>;
  #form: Form | undefined;

  constructor(kind: ExampleKind) {
    this.kind = kind;
    this.#known = new Set([...requiredFields[kind], ...optionalFields[kind]]);
  }

  /** How many characters of it the model would be shown; what is wrong with it is told. */
  check(example: JsonObject, tell: Tell): number {
    const missing = requiredFields[this.kind].filter((field) => !(field in example));
    if (missing.length > 0) {
      tell('fields', this.#difference(example, missing));
      return 0;
    }
    const other = kindOf(example);
    if (other !== this.kind) {
      tell('fields', this.#difference(example, []));
      return 0;
    }
    this.#lookForExtras(example, tell);
    return this.#checkers[this.kind](example, tell);
  }

  #lookForExtras(example: JsonObject, tell: Tell): void {
    for (const field in example) {
      if (this.#known.has(field)) continue;
      tell('extra-fields', listOf(this.#extrasOf(example)));
      return;
    }
  }

  #extrasOf(example: JsonObject): string[] {
    return Object.keys(example).filter((field) => !this.#known.has(field));
  }

  readonly #checkers: Readonly<Record<ExampleKind, (example: JsonObject, tell: Tell) => number>> = {
    text: (example, tell) => this.#text(example, 'text', tell),
    chat: (example, tell) => checkConversation(example.messages, 'messages', tell),
    sharegpt: (example, tell) =>
      checkConversation(example.conversations, 'conversations', tell) + lengthOf(example.system),
    alpaca: (example, tell) =>
      this.#text(example, 'instruction', tell) +
      this.#text(example, 'output', tell) +
      (example.input === undefined || example.input === null ? 0 : this.#text(example, 'input', tell, true)),
    'prompt-completion': (example, tell) => {
      this.#noteForm(example, ['prompt', 'completion'], tell);
      return (
        this.#textOrMessages(example, 'prompt', tell) + this.#textOrMessages(example, 'completion', tell)
      );
    },
    preference: (example, tell) => this.#pair(example, tell),
    kto: () => 0,
  };

  /** The longer of both answers counts: each is read with the prompt. */
  #pair(example: JsonObject, tell: Tell): number {
    this.#noteForm(example, ['prompt', 'chosen', 'rejected'], tell);
    const prompt = 'prompt' in example ? this.#textOrMessages(example, 'prompt', tell) : 0;
    const chosen = this.#textOrMessages(example, 'chosen', tell);
    const rejected = isBlank(example.rejected) ? 0 : this.#textOrMessages(example, 'rejected', tell);
    if (isBlank(example.rejected)) tell('empty-rejected');
    if (isSame(example.chosen, example.rejected)) tell('identical-pair');
    if (repeatsPrompt(example)) tell('repeated-prompt');
    return prompt + Math.max(chosen, rejected);
  }

  #noteForm(example: JsonObject, fields: readonly string[], tell: Tell): void {
    const form = fields.some((field) => Array.isArray(example[field])) ? 'messages' : 'texts';
    this.#form ??= form;
    if (form !== this.#form) tell('form', `holds ${form}, and the first line ${this.#form}`);
  }

  #textOrMessages(example: JsonObject, field: string, tell: Tell): number {
    const value = example[field];
    return Array.isArray(value) ? checkMessages(value, field, tell) : this.#text(example, field, tell);
  }

  #text(example: JsonObject, field: string, tell: Tell, mayBeEmpty = false): number {
    const text = textOf(example[field]);
    if (text === undefined) {
      tell('type', `'${field}' holds ${typeName(example[field])}`);
      return 0;
    }
    if (!mayBeEmpty && text.trim() === '') tell('empty', field);
    return text.length;
  }

  #difference(example: JsonObject, missing: readonly string[]): string {
    const extra = this.#extrasOf(example);
    const parts = [
      ...(extra.length > 0 ? [`new ${listOf(extra)}`] : []),
      ...(missing.length > 0 ? [`missing ${listOf(missing)}`] : []),
    ];
    return parts.join(', ');
  }
}

/** Names for a sentence, a few of them. */
export function listOf(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(', ');
  return names.length > 5 ? `${shown}, …` : shown;
}

function lengthOf(value: unknown): number {
  return typeof value === 'string' ? value.length : 0;
}

function isBlank(value: unknown): boolean {
  return value === '' || value === null || (typeof value === 'string' && value.trim() === '');
}

function isSame(chosen: unknown, rejected: unknown): boolean {
  if (typeof chosen === 'string') return chosen === rejected;
  return JSON.stringify(chosen) === JSON.stringify(rejected);
}

/** Only where the prompt is said and both are texts: messages are put together by the recipe. */
function repeatsPrompt({ prompt, chosen }: JsonObject): boolean {
  if (typeof prompt !== 'string' || typeof chosen !== 'string') return false;
  const start = prompt.trim();
  return start.length > 3 && chosen.length > start.length && chosen.trimStart().startsWith(start);
}
