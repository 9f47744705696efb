import type { DatasetFolder } from '../datasetFolder.js';
import { problem, type Problem } from '../problem.js';
import type { JsonlWish } from './jsonlWish.js';
import type { JsonlFiles } from './jsonlFiles.js';
import { splitForValidation } from './jsonlRepairs.js';
import type { FileCount } from './lineCheck.js';

/** With fewer a model mostly learns them by heart. */
const fewExamples = 50;
const usualExamples = 500;
/** Fewer are needed more for learning than for measuring. */
const worthSplitting = 50;

interface Sizes {
  readonly folder: DatasetFolder;
  readonly files: JsonlFiles;
  readonly learned: FileCount;
  /** Of the validation files. */
  readonly heldBack: FileCount;
  readonly wish: JsonlWish;
}

/** What follows from how many examples there are and how long they are. */
export function sizeProblems(sizes: Sizes): Problem[] {
  return [
    ...countProblem(sizes),
    ...lengthProblem(sizes),
    ...stepProblem(sizes),
    ...validationProblem(sizes),
    ...testHint(sizes),
  ];
}

/** How many are learned from, after some are held back. */
function trainedExamples({ files, learned, wish }: Sizes): number {
  if (files.validation.length > 0 || wish.validation === 0) return learned.examples;
  return (
    learned.examples -
    Math.min(learned.examples - 1, Math.max(1, Math.round(learned.examples * wish.validation)))
  );
}

function countProblem({ learned: { examples } }: Sizes): Problem[] {
  if (examples >= usualExamples) return [];
  const severity = examples < fewExamples ? 'warning' : 'hint';
  const what = examples === 1 ? '1 example' : `${examples} examples`;
  const message = `${what}: expect the model to learn them by heart; ${usualExamples} are a usual minimum.`;
  return [problem(severity, 'jsonl.too-few', message)];
}

function lengthProblem({ learned: { examples, tooLong, longestTokens }, wish }: Sizes): Problem[] {
  if (tooLong === 0) return [];
  const percent = (100 * tooLong) / examples;
  const share = percent < 1 ? 'Less than 1 %' : `About ${Math.round(percent)} %`;
  const limit = `${wish.maxLength.toLocaleString('en')} tokens`;
  const message = `${share} of the examples are longer than ${limit} and would be cut; the longest has about ${Math.round(longestTokens).toLocaleString('en')}.`;
  const fix = 'Raise maxLength, which takes more memory, or shorten them.';
  return [problem('warning', 'jsonl.too-long', message, { fix })];
}

function stepProblem(sizes: Sizes): Problem[] {
  const { wish, learned } = sizes;
  const examples = trainedExamples(sizes);
  if (wish.packing && learned.tokens < wish.maxLength * wish.batch) {
    const message = `Packed to ${wish.maxLength.toLocaleString('en')} tokens, all examples fit into one batch: an epoch is a single step.`;
    return [problem('warning', 'jsonl.one-step', message, { fix: 'Set packing to false, or batch to 1.' })];
  }
  const perStep = wish.batch * wish.gradientAccumulation;
  if (perStep <= examples) return [];
  const message = `A step takes batch × gradientAccumulation = ${perStep} examples, and there are ${examples}: an epoch is a single step.`;
  return [problem('warning', 'jsonl.one-step', message, { fix: 'Lower batch or gradientAccumulation.' })];
}

function validationProblem({ folder, files, learned, heldBack, wish }: Sizes): Problem[] {
  const [file] = files.validation;
  if (file) {
    if (heldBack.examples > 0) return [];
    const message = `${file.path} holds no examples to validate on.`;
    return [problem('error', 'jsonl.empty', message, { file: file.path, fix: 'Fill it, or remove it.' })];
  }
  if (wish.validation > 0) return learned.examples > 1 ? [] : [nothingToHoldBack()];
  const [only, ...others] = files.training;
  if (!only || learned.examples < worthSplitting) return [];
  const message = 'Nothing is held back to validate on: learning by heart would go unnoticed.';
  const fix = 'Set validation to 0.1, or split some off.';
  return [
    problem('hint', 'jsonl.no-validation', message, {
      fix,
      ...(others.length === 0 && { repair: splitForValidation(folder, only.path) }),
    }),
  ];
}

function nothingToHoldBack(): Problem {
  const message = 'With one example there is nothing to hold back for validation.';
  return problem('warning', 'jsonl.empty-validation', message, {
    fix: 'Add examples, or set validation to 0.',
  });
}

function testHint({ files }: Sizes): Problem[] {
  const [file] = files.test;
  if (!file) return [];
  const message = `${file.path} is left alone, for testing afterwards.`;
  return [problem('hint', 'jsonl.test-file', message, { file: file.path })];
}
