import type { CheckResult } from '../../recipe.js';
import type { DatasetFile, DatasetFolder } from '../datasetFolder.js';
import { problem, type Problem } from '../problem.js';
import type { JsonlWish } from './jsonlWish.js';
import { lineBatches, UnreadableLinesError } from './lineBatches.js';
import { estimateTokens } from './textLength.js';

/** About a hundred pages. */
const fewCharacters = 200_000;

/** Checks plain text that a model is to go on writing. */
export async function checkTexts(
  folder: DatasetFolder,
  files: readonly DatasetFile[],
  { method }: JsonlWish,
  signal: AbortSignal,
): Promise<CheckResult> {
  if (method === 'dpo') {
    const message =
      'For DPO a .jsonl file with prompt, chosen and rejected is needed; the folder holds plain text.';
    return {
      problems: [problem('error', 'jsonl.no-pairs', message, { fix: 'Set method to sft.' })],
      summary: {},
    };
  }
  const problems: Problem[] = [];
  let characters = 0;
  let tokens = 0;
  for (const file of files) {
    try {
      for await (const { lines } of lineBatches(folder, file.path, signal)) {
        const length = lines.reduce((sum, line) => sum + line.length + 1, 0);
        characters += length;
        tokens += estimateTokens(length, lines[0] ?? '');
      }
    } catch (error) {
      if (!(error instanceof UnreadableLinesError)) throw error;
      problems.push(notText(file.path, error.line));
    }
  }
  return {
    problems: [...problems, ...amountProblem(characters)],
    summary: {
      files: files.map(({ path }) => path),
      kind: 'text',
      method: 'sft',
      characters,
      tokens: Math.round(tokens),
    },
  };
}

function notText(file: string, line: number): Problem {
  const fix = 'Save it as UTF-8, or list it in .trainyardignore.';
  return problem('error', 'jsonl.encoding', `Line ${line} of ${file} is not UTF-8 text.`, {
    file,
    line,
    fix,
  });
}

function amountProblem(characters: number): Problem[] {
  if (characters >= fewCharacters) return [];
  if (characters === 0) {
    return [problem('error', 'jsonl.empty', 'The texts of the folder are empty.', { fix: 'Fill them.' })];
  }
  const message = `The texts have ${characters.toLocaleString('en')} characters: expect the model to learn them by heart.`;
  return [problem('warning', 'jsonl.too-few', message)];
}
