import { textOf } from '../parameterValues.js';
import type { Parameters, SecretNeed } from '../recipe.js';
import { tinyModel } from './parameters.js';

/**
 * Models on Hugging Face that are handed out only to accounts which accepted their licence, by the pages of the models.
 * Not complete: for others the machine says so.
 */
const gated: readonly RegExp[] = [
  /^meta-llama\//i,
  /^google\/(?:gemma|codegemma|recurrentgemma|shieldgemma|medgemma|txgemma)/i,
  /^mistralai\/(?:Mistral-7B|Mixtral|Codestral|Ministral|Mistral-Large|Mistral-Nemo|Mistral-Small-Instruct-2409)/i,
  /^(?:CohereLabs|CohereForAI)\//i,
  /^bigcode\/starcoder(?!2)/i,
];

/** A name on Hugging Face, not a path: an owner and a model. */
export function isHubName(model: string): boolean {
  return /^[\w.-]+\/[\w.-]+$/.test(model);
}

export function secrets(given: Parameters): readonly SecretNeed[] {
  const model = textOf(given, 'model');
  if (model === tinyModel || !isHubName(model)) return [];
  const required = gated.some((pattern) => pattern.test(model));
  const where = 'make a token with read access at https://huggingface.co/settings/tokens';
  const why = required
    ? `${model} is handed out only to accounts that accepted its licence: accept it at https://huggingface.co/${model}, then ${where}.`
    : `For private models and faster downloads ${where}.`;
  return [{ name: 'HF_TOKEN', required, why }];
}
