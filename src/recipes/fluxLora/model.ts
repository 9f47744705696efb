import { posix } from 'node:path';
import { textOf } from '../parameterValues.js';
import type { Parameters } from '../recipe.js';

/** The base model that a LoRA is for: a name of Hugging Face with its owner, or a folder on the machine. */
export function modelOf(parameters: Parameters): string {
  const model = textOf(parameters, 'model');
  return /^FLUX\.1-(?:dev|schnell)$/.test(model) ? `black-forest-labs/${model}` : model;
}

/** Whether a model is a folder on the machine: nothing is fetched. */
export const isFolder = (model: string): boolean => posix.isAbsolute(model) || model.startsWith('~/');
