import { nearestName } from '../../../nearest.js';
import { problem, type Problem } from '../problem.js';
import { listOf } from './exampleCheck.js';
import { kindNames, requiredFields, type ExampleKind, type JsonObject } from './exampleKind.js';

/** Usual names of a question and of its answer, for a hint how to call them. */
const questionNames = ['question', 'query', 'input', 'instruction', 'source', 'human', 'user'];
const answerNames = ['answer', 'response', 'output', 'reply', 'target', 'assistant', 'gpt', 'label'];

/** What is wrong with the kind of the examples, given how they are to be learned. */
export function kindProblems(
  kind: ExampleKind,
  { method, packing }: { readonly method: string; readonly packing: boolean },
  first: JsonObject,
  file: string,
): Problem[] {
  if (kind === 'kto') return [ktoProblem(file)];
  if (method === 'dpo' && kind !== 'preference') return [noPairs(first, file)];
  if (method === 'sft' && kind === 'preference') return [pairsForSft(file)];
  const isDpo = kind === 'preference';
  return [...(packing && isDpo ? [packedPairs()] : []), ...conversionHint(kind, file)];
}

/** No line is an example of any kind; `first` has one to show. */
export function unknownKind(file: string | null, first: readonly JsonObject[]): Problem {
  const fields = Object.keys(first[0] ?? {});
  const message = `The lines of ${file ?? 'the folder'} hold no examples: they have the fields ${listOf(fields) || 'of nothing'}.`;
  const place = { file, line: file === null ? null : 1 };
  return problem('error', 'jsonl.unknown-kind', message, { ...place, fix: renaming(fields) });
}

function renaming(fields: readonly string[]): string {
  const named = (names: readonly string[]): string | undefined =>
    fields.find((field) => names.includes(field.toLowerCase()));
  const [question, answer] = [named(questionNames), named(answerNames)];
  return question !== undefined && answer !== undefined
    ? `Rename ${question} to prompt and ${answer} to completion.`
    : 'Give each line messages, prompt and completion, text, or chosen and rejected.';
}

function ktoProblem(file: string): Problem {
  const message = `${file} holds single answers that are marked good or bad (KTO), which this recipe does not learn from.`;
  const fix = 'Keep prompt and completion of the good ones, or make pairs with chosen and rejected.';
  return problem('error', 'jsonl.kto', message, { file, line: 1, fix });
}

function noPairs(first: JsonObject, file: string): Problem {
  const fields = Object.keys(first);
  const message = `For DPO every line needs prompt, chosen and rejected; those of ${file} have ${listOf(fields)}.`;
  const [wanted, near] = ['chosen', 'rejected', 'prompt']
    .map((name) => [name, nearestName(name, fields)] as const)
    .find(([name, nearest]) => nearest !== undefined && nearest !== name) ?? ['', undefined];
  const fix = near === undefined ? 'Set method to sft, or add pairs.' : `Rename ${near} to ${wanted}.`;
  return problem('error', 'jsonl.no-pairs', message, { file, line: 1, fix });
}

function pairsForSft(file: string): Problem {
  const message = `${file} holds pairs of answers (${requiredFields.preference.join(', ')}), which SFT cannot learn from.`;
  return problem('error', 'jsonl.pairs', message, { file, line: 1, fix: 'Set method to dpo, or to auto.' });
}

function packedPairs(): Problem {
  const message = 'DPO learns from pairs and packs nothing: packing has no effect.';
  return problem('hint', 'jsonl.packing', message);
}

function conversionHint(kind: ExampleKind, file: string): Problem[] {
  if (kind !== 'alpaca' && kind !== 'sharegpt') return [];
  const message = `${file} holds ${kindNames[kind]}; they are read as chat messages, the file stays as it is.`;
  return [problem('hint', 'jsonl.converted', message, { file })];
}
