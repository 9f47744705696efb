import { l10n } from '../l10n.js';
import type { DatasetFolder } from './datasets/datasetFolder.js';
import { folderProblems } from './datasets/folderProblems.js';
import { checkJsonl } from './datasets/jsonl/jsonlCheck.js';
import { detectJsonl } from './datasets/jsonl/jsonlDetect.js';
import { estimate } from './llm/estimate.js';
import { secrets } from './llm/hubAccess.js';
import { modelProblems } from './llm/modelProblems.js';
import { parameters } from './llm/parameters.js';
import { numberOf, textOf } from './parameterValues.js';
import type { CheckResult, Environment, OnCheckProgress, Parameters, Recipe } from './recipe.js';

/** bitsandbytes holds the 4-bit weights of QLoRA; it is built for Linux with an NVIDIA GPU, and large. */
const quantization = 'bitsandbytes>=0.46; sys_platform == "linux"';

export const llm: Recipe = {
  id: 'llm',
  get title() {
    return l10n.t('Fine-tune a language model');
  },
  get summary() {
    return l10n.t('Teaches a language model from JSON Lines: chats, prompts with answers, pairs, or text.');
  },
  image: 'pytorch',
  parameters,
  batchParameter: 'batch',
  detect: detectJsonl,
  check,
  estimate,
  secrets,
  environment: (_folder, given) => Promise.resolve(environmentFor(given)),
  command: () => ({ kind: 'recipe', file: 'recipes/llm_train.py' }),
};

async function check(
  folder: DatasetFolder,
  given: Parameters,
  signal: AbortSignal,
  onProgress?: OnCheckProgress,
): Promise<CheckResult> {
  const general = await folderProblems(folder, signal);
  if (general.some(({ severity }) => severity === 'error')) return { problems: general, summary: {} };
  const wish = {
    method: textOf(given, 'method'),
    maxLength: numberOf(given, 'maxLength'),
    validation: numberOf(given, 'validation'),
    batch: numberOf(given, 'batch'),
    gradientAccumulation: numberOf(given, 'gradientAccumulation'),
    packing: given.packing === true,
  };
  const data = await checkJsonl(folder, wish, signal, onProgress);
  const isChat = ['chat', 'alpaca', 'sharegpt'].includes(String(data.summary.kind));
  const model = await modelProblems(folder, given, isChat, signal);
  return { problems: [...general, ...model, ...data.problems], summary: data.summary };
}

function environmentFor(given: Parameters): Environment {
  const requirements = [
    'torch>=2.6',
    'transformers>=5,<6',
    'trl>=1.16,<2',
    'peft>=0.18,<1',
    'accelerate>=1.10,<2',
    'datasets>=4.7,<6',
    'tokenizers>=0.22',
    'huggingface-hub>=1,<3',
  ];
  return {
    requirements: textOf(given, 'tuning') === 'qlora' ? [...requirements, quantization] : requirements,
    lock: 'llm',
    torch: true,
    minimumPython: '3.11',
  };
}
