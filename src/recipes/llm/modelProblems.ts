import type { DatasetFolder } from '../datasets/datasetFolder.js';
import { problem, type Problem } from '../datasets/problem.js';
import { textOf } from '../parameterValues.js';
import type { Parameters } from '../recipe.js';
import { isHubName } from './hubAccess.js';
import { isInFolder } from './modelSize.js';
import { tinyModel } from './parameters.js';

/** What is wrong with the model itself, as far as it can be seen from here. */
export async function modelProblems(
  folder: DatasetFolder,
  given: Parameters,
  isChat: boolean,
  signal: AbortSignal,
): Promise<Problem[]> {
  const model = textOf(given, 'model');
  if (model === tinyModel) return tinyProblems(given);
  if (!(await isInFolder(model, folder, signal))) return isHubName(model) ? [] : [noModel(model)];
  if (!isChat || textOf(given, 'chatTemplate') !== 'model') return [];
  return (await hasChatTemplate(folder, model, signal)) ? [] : [noChatTemplate(model)];
}

function tinyProblems(given: Parameters): Problem[] {
  if (textOf(given, 'tuning') !== 'qlora') return [];
  const fix = 'Set tuning to lora.';
  return [problem('warning', 'llm.tiny-qlora', 'The model tiny gains nothing from QLoRA.', { fix })];
}

function noModel(model: string): Problem {
  const message = `There is no model ${model || '(empty)'}: it is neither a name on Hugging Face, as Qwen/Qwen2.5-0.5B-Instruct is, nor a folder of the dataset with a config.json.`;
  return problem('error', 'llm.model-missing', message, { fix: 'Set model.' });
}

function noChatTemplate(model: string): Problem {
  const message = `${model} is a base model without a chat format.`;
  const fix = 'Pick the Instruct version, or set chatTemplate to auto.';
  return problem('error', 'llm.no-chat-template', message, { file: `${model}/tokenizer_config.json`, fix });
}

async function hasChatTemplate(folder: DatasetFolder, model: string, signal: AbortSignal): Promise<boolean> {
  if (await folder.find(`${model}/chat_template.jinja`, signal)) return true;
  const path = `${model}/tokenizer_config.json`;
  return (
    (await folder.find(path, signal)) !== undefined &&
    (await folder.text(path, signal)).includes('"chat_template"')
  );
}
