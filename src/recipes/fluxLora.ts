import { l10n } from '../l10n.js';
import { checkCaptionedImages } from './datasets/captionedImages/captionedImagesCheck.js';
import { detectCaptionedImages } from './datasets/captionedImages/detect.js';
import type { DatasetFolder } from './datasets/datasetFolder.js';
import { problem, type Problem } from './datasets/problem.js';
import { estimate } from './fluxLora/estimate.js';
import { isFolder, modelOf } from './fluxLora/model.js';
import { fluxLoraParameters } from './fluxLora/parameters.js';
import { resolutionsOf } from './fluxLora/resolutions.js';
import { numberOf, textOf } from './parameterValues.js';
import type { CheckResult, Environment, OnCheckProgress, Parameters, Recipe, SecretNeed } from './recipe.js';

/** PyTorch only: what else ai-toolkit needs it says itself, and it is installed beside it on the machine. */
const withPyTorch: Environment = {
  requirements: ['torch>=2.6', 'torchvision', 'torchaudio'],
  torch: true,
  minimumPython: '3.10',
};
/** An ai-toolkit that is there already brings its own Python. */
const ownPython: Environment = { requirements: [], minimumPython: '3.8' };

export const fluxLora: Recipe = {
  id: 'flux-lora',
  get title() {
    return l10n.t('LoRA of FLUX.1 with ai-toolkit');
  },
  get summary() {
    return l10n.t('Teaches FLUX.1 a person, a thing or a style from a few images with captions.');
  },
  image: 'pytorch',
  parameters: fluxLoraParameters,
  batchParameter: 'batch',
  detect: detectCaptionedImages,
  check,
  estimate,
  secrets,
  environment: (_folder, parameters) =>
    Promise.resolve(textOf(parameters, 'toolkit') === '' ? withPyTorch : ownPython),
  command: () => ({ kind: 'recipe', file: 'recipes/flux_lora.py' }),
};

async function check(
  folder: DatasetFolder,
  parameters: Parameters,
  signal: AbortSignal,
  onProgress?: OnCheckProgress,
): Promise<CheckResult> {
  const resolutions = resolutionsOf(parameters);
  const wrong = [...resolutionProblem(parameters, resolutions), ...modelProblem(parameters)];
  const settings = {
    trigger: textOf(parameters, 'trigger'),
    defaultCaption: textOf(parameters, 'defaultCaption'),
    captionEnding: textOf(parameters, 'captionExt'),
    smallestSidePx: Math.min(...resolutions),
    steps: numberOf(parameters, 'steps'),
  };
  const { problems, summary } = await checkCaptionedImages(folder, settings, signal, onProgress);
  return { problems: [...wrong, ...problems], summary: { ...summary, model: modelOf(parameters) } };
}

function secrets(parameters: Parameters): readonly SecretNeed[] {
  const model = modelOf(parameters);
  const isGated = /^black-forest-labs\/flux\.1-dev$/i.test(model);
  return [
    {
      name: 'HF_TOKEN',
      required: isGated,
      why: isGated
        ? 'FLUX.1-dev needs a Hugging Face token: accept the licence on its page, then set HF_TOKEN.'
        : 'A Hugging Face token opens models that are not public: create one at huggingface.co/settings/tokens.',
    },
  ];
}

function modelProblem(parameters: Parameters): Problem[] {
  const model = modelOf(parameters);
  if (/^[\w.-]+\/[\w.-]+$/.test(model) || isFolder(model)) return [];
  const message = `model '${model}' is neither a name of Hugging Face nor an absolute path on the machine.`;
  const fix = 'Use FLUX.1-dev, FLUX.1-schnell, owner/name or /path/to/model.';
  return [problem('error', 'flux.model', message, { fix })];
}

function resolutionProblem(parameters: Parameters, resolutions: readonly number[]): Problem[] {
  const isUsable = (side: number): boolean => Number.isInteger(side) && side >= 256 && side <= 2048;
  if (resolutions.length > 0 && resolutions.every(isUsable)) return [];
  const given = textOf(parameters, 'resolution');
  const message = `resolution '${given}' is not a list of whole numbers from 256 to 2048.`;
  return [problem('error', 'flux.resolution', message, { fix: 'Use 512,768,1024 or fewer of them.' })];
}
