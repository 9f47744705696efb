import type { DatasetFolder } from '../datasets/datasetFolder.js';
import { findJsonlFiles } from '../datasets/jsonl/jsonlFiles.js';
import { numberOf, textOf } from '../parameterValues.js';
import type { Estimate, Parameters, TrainingHours } from '../recipe.js';
import { tinyModel } from './parameters.js';
import { billionsOf } from './modelSize.js';

const gb = 1e9;
/** CUDA itself, its libraries and what they set aside. */
const runtimeGb = 1.5;
/** Blocks of memory that are free and fit nothing. */
const fragmentation = 1.15;
/** PyTorch with CUDA, and the rest of the environment. */
const environmentGb = 12;

/** Bytes of GPU memory for each weight of the model. */
const bytesPerWeight: Readonly<Record<string, number>> = {
  /** 16-bit weights that stay as they are. */
  lora: 2,
  /** 4-bit weights with their scales. */
  qlora: 0.65,
  /** float32 weights, gradients and two moments of Adam. */
  full: 16,
};
/** Weights of an adapter of rank 16 on all layers, as a share of the model's; each takes as much as one trained in full. */
const adapterShare = 0.012;
const usualRank = 16;

/**
 * Operations a second of a V100 on matrices of 16 bits in a training, as Hugging Face's Trainer reaches them: a quarter
 * of its data sheet.
 */
const operationsPerSecond = 31e12;
/** For each weight and token: forward 2, back to the inputs 2, and to the weights 2, which an adapter leaves out. */
const operationsOf = { full: 6, adapter: 4 } as const;
/** Activations that are not kept are worked out once more. */
const operationsAgain = 2;
/** Weights of 4 bits are unpacked whenever they are used. */
const slownessOfFourBits = 1.5;
/** Of English in the vocabularies of today; JSON around it counts as text. */
const bytesPerToken = 4;
/** A model is fetched at about 100 MB/s, loaded, and written at the end, two bytes for each weight every time. */
const hoursPerBillion = 1 / 60;
const hoursAround = 3 / 60;

/**
 * What a training of such a model needs, on the safe side. Memory of activations follows from the width and number of
 * layers that models of a size have: 7 billion weights are 32 layers of 4,096, and both grow with a root of the size.
 */
export async function estimate(
  folder: DatasetFolder,
  given: Parameters,
  signal: AbortSignal,
): Promise<Estimate> {
  const billions = await billionsOf(textOf(given, 'model'), folder, signal);
  return {
    vramGb: textOf(given, 'model') === tinyModel ? null : vramGb(billions, given),
    diskGb: diskGb(billions, given),
    hours: await hoursOf(billions, folder, given, signal),
  };
}

async function hoursOf(
  billions: number,
  folder: DatasetFolder,
  given: Parameters,
  signal: AbortSignal,
): Promise<TrainingHours> {
  const { training, json, texts } = await findJsonlFiles(folder, signal);
  const files = [training, json, texts].find((some) => some.length > 0) ?? [];
  const tokens =
    (files.reduce((sum, file) => sum + file.bytes, 0) / bytesPerToken) * numberOf(given, 'epochs');
  const perStep =
    numberOf(given, 'batch') * numberOf(given, 'gradientAccumulation') * numberOf(given, 'maxLength');
  const maxSteps = numberOf(given, 'maxSteps');
  const seen = maxSteps > 0 ? Math.min(tokens, maxSteps * perStep) : tokens;
  const tuning = textOf(given, 'tuning');
  const operations =
    operationsOf[tuning === 'full' ? 'full' : 'adapter'] +
    (given.gradientCheckpointing === true ? operationsAgain : 0) +
    // The untouched model answers too, forward only.
    (textOf(given, 'method') === 'dpo' ? 2 : 0);
  const slowness = tuning === 'qlora' ? slownessOfFourBits : 1;
  return {
    gpu: (seen * billions * 1e9 * operations * slowness) / operationsPerSecond / 3600,
    other: hoursAround + billions * hoursPerBillion,
  };
}

function vramGb(billions: number, given: Parameters): number {
  const tuning = textOf(given, 'tuning');
  const isDpo = textOf(given, 'method') === 'dpo';
  const weights = billions * (bytesPerWeight[tuning] ?? 16);
  const adapter = tuning === 'full' ? 0 : billions * adapterShare * adapterScale(given) * 16;
  // A full DPO compares with an untouched copy; an adapter is switched off for it.
  const reference = isDpo && tuning === 'full' ? billions * 4 : 0;
  const total = weights + adapter + reference + activationsGb(billions, given) * (isDpo ? 2 : 1) + runtimeGb;
  return Math.ceil(total * fragmentation);
}

function activationsGb(billions: number, given: Parameters): number {
  const tokens = numberOf(given, 'batch') * numberOf(given, 'maxLength');
  const relative = billions / 7;
  const width = 4096 * relative ** 0.35;
  const layers = 32 * relative ** 0.35;
  // A layer keeps about 34 numbers of two bytes per token and unit of width (Korthikanti et al. 2022, without attention).
  const perLayer = tokens * width * 34;
  const kept =
    given.gradientCheckpointing === true ? tokens * width * 2 * layers + perLayer : perLayer * layers;
  return kept / gb;
}

function diskGb(billions: number, given: Parameters): number {
  const isFull = textOf(given, 'tuning') === 'full';
  const downloaded = billions * 2;
  // Two are kept and a third is being written: weights and both moments in float32.
  const trained = isFull ? billions : billions * adapterShare * adapterScale(given);
  const checkpoints = 3 * trained * 12;
  const gguf = textOf(given, 'gguf');
  const isMerged = given.merge === true || gguf !== 'none';
  const results = (isFull || isMerged ? billions * 2 : trained * 4) + (gguf === 'none' ? 0 : billions * 4);
  return Math.ceil(environmentGb + downloaded + checkpoints + results);
}

function adapterScale(given: Parameters): number {
  return numberOf(given, 'loraRank') / usualRank;
}
