import type { DatasetFolder } from '../datasets/datasetFolder.js';
import { numberOf, textOf } from '../parameterValues.js';
import type { Estimate, Parameters } from '../recipe.js';
import { isFolder, modelOf } from './model.js';
import { resolutionsOf } from './resolutions.js';

const quantizedVramGb = 24;
const wholeVramGb = 48;
/** What is fetched: the model, and PyTorch with what ai-toolkit needs beside it. */
const modelGb = 34;
const packagesGb = 16;
/** Latents, four saves of ai-toolkit, two checkpoints, samples and the LoRA itself. */
const resultsGb = 10;

/**
 * A step with one image of 1024 pixels on a V100, by the three seconds that people report of an RTX 4090, which is about
 * a fifth faster. A sample is drawn in some 20 steps forward.
 */
const secondsPerStep = 3.6;
const secondsPerSample = 25;
/** What is drawn of the captions where no prompts are given; runtime/recipes/flux_config.py draws as many. */
const usualPrompts = 4;
/** 34 GB are fetched, loaded and quantized before the first step. */
const hoursAround = 25 / 60;

export function estimate(_folder: DatasetFolder, parameters: Parameters): Promise<Estimate> {
  const isWhole = textOf(parameters, 'quantize') === 'no';
  const seconds = secondsOfSteps(parameters) + samplesOf(parameters) * secondsPerSample;
  return Promise.resolve({
    vramGb: isWhole ? wholeVramGb : quantizedVramGb,
    diskGb: diskGbOf(parameters),
    hours: { gpu: seconds / 3600, other: hoursAround },
  });
}

/** A model or an ai-toolkit that is on the machine already takes no more room there. */
function diskGbOf(parameters: Parameters): number {
  const fetchedGb = isFolder(modelOf(parameters)) ? 0 : modelGb;
  const installedGb = textOf(parameters, 'toolkit') === '' ? packagesGb : 0;
  return fetchedGb + installedGb + resultsGb;
}

/** The work of a step grows with the area of its images. */
function secondsOfSteps(parameters: Parameters): number {
  const areas = resolutionsOf(parameters).map((side) => (side / 1024) ** 2);
  const area = areas.reduce((sum, one) => sum + one, 0) / Math.max(1, areas.length);
  return numberOf(parameters, 'steps') * numberOf(parameters, 'batch') * area * secondsPerStep;
}

/** One round before the first step, then one every so often. */
function samplesOf(parameters: Parameters): number {
  const every = numberOf(parameters, 'sampleEvery');
  if (every === 0) return 0;
  const prompts = textOf(parameters, 'prompts')
    .split(/[|\n]/)
    .filter((prompt) => prompt.trim() !== '');
  const rounds = Math.floor(numberOf(parameters, 'steps') / every) + 1;
  return rounds * (prompts.length || usualPrompts);
}
