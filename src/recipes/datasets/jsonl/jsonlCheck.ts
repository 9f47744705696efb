import type { CheckResult, OnCheckProgress } from '../../recipe.js';
import type { DatasetFile, DatasetFolder } from '../datasetFolder.js';
import { problem, type Problem } from '../problem.js';
import { ExampleCheck } from './exampleCheck.js';
import { commonestKind, isObject, kindOf, type JsonObject } from './exampleKind.js';
import { Findings } from './finding.js';
import { headOf, isList, kindInHead, formProblems, listProblem } from './jsonlForm.js';
import { findJsonlFiles, type JsonlFiles } from './jsonlFiles.js';
import type { JsonlWish } from './jsonlWish.js';
import { kindProblems, unknownKind } from './kindProblems.js';
import { LineCheck, type FileCount } from './lineCheck.js';
import { lineBatches, UnreadableLinesError } from './lineBatches.js';
import { sizeProblems } from './sizeProblems.js';
import { checkTexts } from './textCheck.js';

/** So many lines decide what kind the examples are. */
const linesToKnowAKind = 1000;

/** Reads the examples of a folder once and says everything that would make a training on them fail or disappoint. */
export async function checkJsonl(
  folder: DatasetFolder,
  wish: JsonlWish,
  signal: AbortSignal,
  onProgress?: OnCheckProgress,
): Promise<CheckResult> {
  const files = await findJsonlFiles(folder, signal);
  if (files.training.length === 0) return checkOtherFiles(folder, files, wish, signal);
  const form: Problem[] = [];
  for (const file of [...files.training, ...files.validation]) {
    signal.throwIfAborted();
    form.push(...(file.bytes === 0 ? [emptyFile(file)] : await formProblems(folder, file)));
  }
  if (form.some(({ severity }) => severity === 'error')) return { problems: form, summary: {} };
  try {
    const found = await checkLines(folder, files, wish, signal, onProgress);
    return { ...found, problems: [...form, ...found.problems] };
  } catch (error) {
    if (error instanceof UnreadableFile) return { problems: [...form, error.problem], summary: {} };
    throw error;
  }
}

/** No JSON Lines: perhaps examples written otherwise, or plain text. */
async function checkOtherFiles(
  folder: DatasetFolder,
  files: JsonlFiles,
  wish: JsonlWish,
  signal: AbortSignal,
): Promise<CheckResult> {
  for (const file of files.json) {
    signal.throwIfAborted();
    const head = await headOf(folder, file);
    if (isList(head) && kindInHead(head)) return refused(listProblem(folder, file.path));
  }
  if (files.texts.length > 0) return checkTexts(folder, files.texts, wish, signal);
  const [validation] = files.validation;
  const fix =
    'Add one with one JSON object per line, as in {"messages": [{"role": "user", "content": "…"}, …]}.';
  const message = validation
    ? `The folder holds ${validation.path} to validate on, but no .jsonl file to learn from.`
    : 'The folder holds no .jsonl file with examples.';
  return refused(problem('error', 'jsonl.missing', message, { fix }));
}

async function checkLines(
  folder: DatasetFolder,
  files: JsonlFiles,
  wish: JsonlWish,
  signal: AbortSignal,
  onProgress?: OnCheckProgress,
): Promise<CheckResult> {
  const first = await firstExamples(folder, files.training, signal);
  const kind = commonestKind(first.flatMap((example) => kindOf(example) ?? []));
  const [file] = files.training;
  if (!file) return refused(unknownKind(null, []));
  if (!kind && first.length > 0) return refused(unknownKind(file.path, first.slice(0, 1)));

  const findings = new Findings();
  const total = [...files.training, ...files.validation].reduce((sum, { bytes }) => sum + bytes, 0);
  const lines = new LineCheck(kind && new ExampleCheck(kind), findings, wish.maxLength);
  const read = async (some: readonly DatasetFile[], before: number): Promise<FileCount> =>
    lines.readAll(
      some,
      (path) => readable(folder, path, signal),
      (done) => onProgress?.(before + done, total),
    );
  const learned = await read(files.training, 0);
  const heldBack = await read(
    files.validation,
    total - files.validation.reduce((sum, { bytes }) => sum + bytes, 0),
  );
  if (!kind) return { problems: [...findings.problems(), ...emptyProblem(file, findings)], summary: {} };

  // Pairs are never packed.
  const effective = { ...wish, packing: wish.packing && kind !== 'preference' };
  const wishProblems = kindProblems(kind, wish, first[0] ?? {}, file.path);
  const mayTrain = !findings.hasErrors && !wishProblems.some(({ severity }) => severity === 'error');
  return {
    problems: [
      ...wishProblems,
      ...findings.problems(),
      ...(mayTrain ? sizeProblems({ folder, files, learned, heldBack, wish: effective }) : []),
    ],
    summary: {
      files: files.training.map(({ path }) => path),
      kind,
      method: kind === 'preference' ? 'dpo' : 'sft',
      examples: learned.examples,
      ...(files.validation.length > 0 ? { validationExamples: heldBack.examples } : {}),
      longestTokens: Math.round(learned.longestTokens),
    },
  };
}

/** The first objects of the files, without a word about lines that are none. */
async function firstExamples(
  folder: DatasetFolder,
  files: readonly DatasetFile[],
  signal: AbortSignal,
): Promise<JsonObject[]> {
  const examples: JsonObject[] = [];
  for (const { path } of files) {
    for await (const { lines } of readable(folder, path, signal)) {
      for (const line of lines) {
        const value = parsed(line);
        if (isObject(value)) examples.push(value);
        if (examples.length === linesToKnowAKind) return examples;
      }
    }
  }
  return examples;
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** The lines of a file; what makes them unreadable as a problem. */
async function* readable(
  folder: DatasetFolder,
  path: string,
  signal: AbortSignal,
): ReturnType<typeof lineBatches> {
  try {
    yield* lineBatches(folder, path, signal);
  } catch (error) {
    throw error instanceof UnreadableLinesError ? new UnreadableFile(unreadableProblem(path, error)) : error;
  }
}

class UnreadableFile extends Error {
  readonly problem: Problem;

  constructor(reason: Problem) {
    super(reason.message);
    this.name = new.target.name;
    this.problem = reason;
  }
}

function unreadableProblem(file: string, { reason, line }: UnreadableLinesError): Problem {
  return reason === 'encoding'
    ? problem('error', 'jsonl.encoding', `Line ${line} of ${file} is not UTF-8 text.`, {
        file,
        line,
        fix: 'Save the file as UTF-8.',
      })
    : problem('error', 'jsonl.endless-line', `Line ${line} of ${file} is longer than any example can be.`, {
        file,
        line,
        fix: 'Write one example per line.',
      });
}

function emptyFile({ path }: DatasetFile): Problem {
  return problem('error', 'jsonl.empty', `${path} is empty.`, {
    file: path,
    fix: 'Fill it, or remove it from the folder.',
  });
}

/** Nothing but blank lines. */
function emptyProblem(file: DatasetFile, findings: Findings): Problem[] {
  return findings.hasErrors ? [] : [emptyFile(file)];
}

function refused(reason: Problem): CheckResult {
  return { problems: [reason], summary: {} };
}
