import type { Tell } from './finding.js';
import { isObject } from './exampleKind.js';

/** One message, whatever its shape was. */
interface Turn {
  readonly role: string;
  readonly content: string;
}

export const roles: ReadonlySet<string> = new Set(['system', 'user', 'assistant', 'tool']);

/** Who speaks in ShareGPT's conversations; runtime/recipes/llm_data.py converts by the same table. */
const speakers = new Map([
  ['human', 'user'],
  ['user', 'user'],
  ['gpt', 'assistant'],
  ['chatgpt', 'assistant'],
  ['assistant', 'assistant'],
  ['bot', 'assistant'],
  ['model', 'assistant'],
  ['system', 'system'],
  ['tool', 'tool'],
  ['observation', 'tool'],
  ['function_response', 'tool'],
]);

/** The characters of a conversation to learn from, with everything told that is wrong with it. */
export function checkConversation(value: unknown, field: string, tell: Tell): number {
  const turns = readTurns(value, field, tell);
  if (!turns) return 0;
  checkOrder(turns, tell);
  if (!turns.some(({ role }) => role === 'assistant')) tell('no-answer');
  else if (turns.at(-1)?.role !== 'assistant') tell('open-end', turns.at(-1)?.role);
  return charactersOf(turns);
}

/** The characters of messages that are only a part: a prompt, or an answer. */
export function checkMessages(value: unknown, field: string, tell: Tell): number {
  const turns = readTurns(value, field, tell);
  return turns ? charactersOf(turns) : 0;
}

/** Text, also as a list of parts as OpenAI writes it; `undefined` when it is something else. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value) || !value.every((part) => isObject(part) && part.type === 'text'))
    return undefined;
  return value.map((part) => (isObject(part) && typeof part.text === 'string' ? part.text : '')).join('');
}

/** `a list`, for a sentence. */
export function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  return typeof value === 'string' ? 'text' : `a ${typeof value}`;
}

function charactersOf(turns: readonly Turn[]): number {
  return turns.reduce((sum, { role, content }) => sum + role.length + content.length, 0);
}

function readTurns(value: unknown, field: string, tell: Tell): readonly Turn[] | undefined {
  if (!Array.isArray(value) || value.length === 0) {
    tell('type', `'${field}' holds ${Array.isArray(value) ? 'no messages' : typeName(value)}`);
    return undefined;
  }
  const turns: Turn[] = [];
  for (const item of value) {
    const turn = readTurn(item, field, tell);
    if (!turn) return undefined;
    turns.push(turn);
  }
  return turns;
}

function readTurn(item: unknown, field: string, tell: Tell): Turn | null {
  if (!isObject(item)) return told(tell, 'type', `a message in '${field}' is ${typeName(item)}`);
  const isShareGpt = field === 'conversations' && 'from' in item;
  const given = isShareGpt ? item.from : item.role;
  if (typeof given !== 'string') return told(tell, 'type', `a message in '${field}' has no role`);
  const role = isShareGpt ? speakers.get(given.toLowerCase()) : given === 'developer' ? 'system' : given;
  if (role === undefined || !roles.has(role)) return told(tell, 'role', given);
  const content = isShareGpt ? item.value : item.content;
  const text = content === null || content === undefined ? '' : textOf(content);
  if (text === undefined) return told(tell, 'type', `a message in '${field}' holds ${typeName(content)}`);
  if ('tool_calls' in item) tell('extra-fields', 'tool_calls');
  else if (text.trim() === '') tell('empty', role);
  return { role, content: text };
}

function told(tell: Tell, ...finding: Parameters<Tell>): null {
  tell(...finding);
  return null;
}

function checkOrder(turns: readonly Turn[], tell: Tell): void {
  turns.forEach(({ role }, index) => {
    if (index === 0) return;
    if (role === 'system') tell('late-system');
    else if (role === turns[index - 1]?.role && role !== 'tool') tell('same-role', role);
  });
}
