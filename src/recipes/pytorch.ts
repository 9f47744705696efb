import { l10n } from '../l10n.js';
import type { DatasetFolder } from './datasets/datasetFolder.js';
import { folderProblems } from './datasets/folderProblems.js';
import { checkImageFolder } from './datasets/imageFolder/imageFolderCheck.js';
import { problem, type Problem } from './datasets/problem.js';
import type { TableLearner } from './datasets/tableLearner.js';
import { checkTableFolder, detectTable } from './datasets/tableParameters.js';
import { numberOf, textOf } from './parameterValues.js';
import { dataKindOf, detectImageFolder } from './pytorch/dataKind.js';
import { estimateImages, estimateTable } from './pytorch/estimate.js';
import { pytorchParameters } from './pytorch/pytorchParameters.js';
import type { CheckResult, Environment, Fit, OnCheckProgress, Parameters, Recipe } from './recipe.js';

/** The same for images and tables, with and without export: nobody wants PyTorch on a machine twice. */
const environment: Environment = {
  requirements: [
    'torch>=2.6',
    'torchvision>=0.21',
    'pillow>=10',
    'pandas>=2',
    'scikit-learn>=1.3',
    'onnx>=1.17',
    'onnxscript>=0.5',
  ],
  lock: 'pytorch',
  torch: true,
  minimumPython: '3.10',
};

export const pytorch: Recipe = {
  id: 'pytorch',
  get title() {
    return l10n.t('PyTorch on images or a table');
  },
  get summary() {
    return l10n.t('Tells images apart that lie in a folder per class, or learns one column of a CSV table.');
  },
  image: 'pytorch',
  parameters: pytorchParameters,
  batchParameter: 'batch',
  detect,
  check,
  async estimate(folder, given, signal) {
    const kind = await dataKindOf(folder, given, signal);
    const estimate = kind === 'table' ? estimateTable : estimateImages;
    return estimate(folder, given, signal);
  },
  environment: () => Promise.resolve(environment),
  command: () => ({ kind: 'recipe', file: 'recipes/pytorch_train.py' }),
};

async function detect(folder: DatasetFolder, signal: AbortSignal): Promise<Fit | undefined> {
  return (await detectImageFolder(folder, signal)) ?? detectTable(folder, 0.4, signal);
}

async function check(
  folder: DatasetFolder,
  given: Parameters,
  signal: AbortSignal,
  onProgress?: OnCheckProgress,
): Promise<CheckResult> {
  const kind = await dataKindOf(folder, given, signal);
  return kind === 'table'
    ? checkTableFolder(
        { folder, parameters: given, learner: networkLearner, onProgress, more: () => layersProblem(given) },
        signal,
      )
    : checkImages(folder, given, signal, onProgress);
}

const networkLearner: TableLearner = {
  text: {
    one: 'holds text; its values are learned as numbers',
    several: 'hold text; their values are learned as numbers',
  },
  gaps: 'the median is filled in for numbers, and text counts as unknown',
};

async function checkImages(
  folder: DatasetFolder,
  given: Parameters,
  signal: AbortSignal,
  onProgress?: OnCheckProgress,
): Promise<CheckResult> {
  const general = await folderProblems(folder, signal);
  if (general.some(({ severity }) => severity === 'error')) return { problems: general, summary: {} };
  const options = {
    testSize: numberOf(given, 'testSize'),
    seed: numberOf(given, 'seed'),
    balanceFix: 'set classWeights to true',
  };
  const { problems, summary } = await checkImageFolder(folder, options, signal, onProgress);
  return {
    problems: [...general, ...imageSizeProblem(given), ...frozenProblem(given), ...problems],
    summary: { data: 'images', ...summary },
  };
}

/** A vision transformer cuts its image into squares of 16 pixels. */
function imageSizeProblem(given: Parameters): Problem[] {
  const size = numberOf(given, 'imageSize');
  if (textOf(given, 'model') !== 'vit_b_16' || size % 16 === 0) return [];
  const message = `vit_b_16 takes images whose side is a multiple of 16 pixels, and imageSize is ${size}.`;
  const fix = `Set imageSize to ${Math.ceil(size / 16) * 16}.`;
  return [problem('error', 'pytorch.image-size', message, { fix })];
}

function frozenProblem(given: Parameters): Problem[] {
  if (given.freezeBackbone !== true) return [];
  const isSmall = textOf(given, 'model') === 'small';
  if (!isSmall && given.pretrained === true) return [];
  const why = isSmall ? 'model=small has none' : 'pretrained is false';
  const message = `freezeBackbone keeps the published weights and learns in the last layer only, but ${why}.`;
  return [problem('error', 'pytorch.frozen', message, { fix: 'Set freezeBackbone to false.' })];
}

function layersProblem(given: Parameters): Problem[] {
  const layers = textOf(given, 'layers');
  if (/^\s*[1-9]\d{0,4}\s*(,\s*[1-9]\d{0,4}\s*)*$/.test(layers)) return [];
  const message = `layers must be whole numbers with commas between, up to 99999 each; it is '${layers}'.`;
  return [problem('error', 'pytorch.layers', message, { fix: 'Set layers to 128,64.' })];
}
