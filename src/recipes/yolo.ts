import { l10n } from '../l10n.js';
import type { DatasetFolder } from './datasets/datasetFolder.js';
import { folderProblems } from './datasets/folderProblems.js';
import { checkImageFolder } from './datasets/imageFolder/imageFolderCheck.js';
import { findLayout, imagesOf } from './datasets/imageFolder/layout.js';
import { problem, type Problem } from './datasets/problem.js';
import { readDataYaml } from './datasets/yolo/dataYaml.js';
import { FileIndex } from './datasets/yolo/fileIndex.js';
import { findParts } from './datasets/yolo/parts.js';
import { checkYolo, hasLabels } from './datasets/yolo/yoloCheck.js';
import { numberOf, textOf } from './parameterValues.js';
import type {
  CheckResult,
  Environment,
  Estimate,
  Fit,
  OnCheckProgress,
  Parameters,
  Recipe,
} from './recipe.js';
import { argumentProblems } from './yolo/arguments.js';
import { estimateLoad } from './yolo/estimate.js';
import { modelProblems, readModel, type YoloModel, type YoloTask } from './yolo/model.js';
import { parameters } from './yolo/parameters.js';

/** Share of each class that is held back where no folder says; runtime/recipes/yolo_classes.py holds back as much. */
const testSize = 0.2;
/** Classification needs the picture as a whole, not its details. */
const usualClassifySide = 224;

const environment: Environment = {
  requirements: [
    'ultralytics>=8.4,<8.5',
    'torch>=2.2',
    'torchvision>=0.17',
    // Ultralytics would install it in the middle of a training on several GPUs.
    'cloudpickle>=3.1.1',
  ],
  lock: 'yolo',
  torch: true,
  minimumPython: '3.9',
};

export const yolo: Recipe = {
  id: 'yolo',
  get title() {
    return l10n.t('YOLO on images');
  },
  get summary() {
    return l10n.t('Finds, outlines or sorts things on images with Ultralytics YOLO.');
  },
  image: 'pytorch',
  parameters,
  freeParameters: true,
  batchParameter: 'batch',
  detect,
  check,
  estimate,
  environment: () => Promise.resolve(environment),
  command: () => ({ kind: 'recipe', file: 'recipes/yolo_train.py' }),
};

async function detect(folder: DatasetFolder, signal: AbortSignal): Promise<Fit | undefined> {
  const reading = await readDataYaml(folder, '', signal);
  if (reading?.kind === 'yaml') {
    const index = new FileIndex(await folder.files(signal));
    const { train } = await findParts(folder, index, reading.yaml, signal);
    const count = train?.images.length ?? 0;
    if (count > 0)
      return { score: 0.9, why: `has a ${reading.yaml.file} and ${images(count)} to learn from` };
    return { score: 0.5, why: `has a ${reading.yaml.file}` };
  }
  if (reading) return { score: 0.5, why: 'has a data.yaml' };
  const files = await folder.files(signal);
  if (hasLabels(files)) return { score: 0.75, why: 'has images with YOLO labels' };
  const layout = findLayout(files);
  if (!layout || layout.train.classes.size < 2) return undefined;
  return {
    score: 0.65,
    why: `has folders of ${layout.train.classes.size} classes with ${images(imagesOf(layout.train).length)}`,
  };
}

function images(count: number): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? 'image' : 'images'}`;
}

async function check(
  folder: DatasetFolder,
  given: Parameters,
  signal: AbortSignal,
  onProgress?: OnCheckProgress,
): Promise<CheckResult> {
  const general = await folderProblems(folder, signal);
  if (general.some((problem) => problem.severity === 'error')) return { problems: general, summary: {} };
  const model = await readModel(folder, textOf(given, 'model'), given.pretrained !== false, signal);
  const known = model.kind === 'model' ? model.model : undefined;
  const data = await checkData(folder, given, await taskOf(folder, given, known, signal), signal, onProgress);
  return {
    problems: [
      ...general,
      ...argumentProblems(given),
      ...batchProblem(given),
      ...(model.kind === 'problem' ? [model.problem] : []),
      ...(known && data.task ? modelProblems(textOf(given, 'model'), known, data.task) : []),
      ...data.problems,
    ],
    summary: { ...data.summary, model: textOf(given, 'model') },
  };
}

interface DataCheck extends CheckResult {
  readonly task?: YoloTask;
}

async function checkData(
  folder: DatasetFolder,
  given: Parameters,
  task: YoloTask | undefined,
  signal: AbortSignal,
  onProgress?: OnCheckProgress,
): Promise<DataCheck> {
  if (task !== 'classify') {
    const wish = { data: textOf(given, 'data'), task, singleClass: String(given.single_cls) === 'true' };
    return checkYolo(folder, wish, signal, onProgress);
  }
  const options = { testSize, seed: numberOf(given, 'seed') };
  const found = await checkImageFolder(folder, options, signal, onProgress);
  const summary = { task, ...found.summary };
  return { problems: [...found.problems, ...sideHint(given)], summary, task };
}

/** What is asked for, else what the model is made for, else `classify` where there are only folders of classes. */
async function taskOf(
  folder: DatasetFolder,
  given: Parameters,
  model: YoloModel | undefined,
  signal: AbortSignal,
): Promise<YoloTask | undefined> {
  const asked = textOf(given, 'task');
  if (asked !== '' && asked !== 'auto') return asked as YoloTask;
  if (model?.task) return model.task;
  if (textOf(given, 'data') !== '' || (await readDataYaml(folder, '', signal))) return undefined;
  const files = await folder.files(signal);
  return !hasLabels(files) && findLayout(files) ? 'classify' : undefined;
}

function batchProblem(given: Parameters): Problem[] {
  if (numberOf(given, 'batch') !== 0) return [];
  return [
    problem('error', 'yolo.batch', 'With batch=0 nothing is learned.', {
      fix: 'Set batch to 1 or more, or to -1 for what fits the GPU.',
    }),
  ];
}

function sideHint(given: Parameters): Problem[] {
  const side = numberOf(given, 'imgsz');
  if (side <= 2 * usualClassifySide) return [];
  const times = Math.round((side / usualClassifySide) ** 2);
  const message = `imgsz=${side} takes about ${times} times as long as the usual ${usualClassifySide} for classes.`;
  return [problem('hint', 'yolo.classify-imgsz', message, { fix: `Set imgsz=${usualClassifySide}.` })];
}

async function estimate(folder: DatasetFolder, given: Parameters, signal: AbortSignal): Promise<Estimate> {
  const model = await readModel(folder, textOf(given, 'model'), given.pretrained !== false, signal);
  const files = await folder.files(signal);
  const keepsOnDisk = String(given.cache).toLowerCase() === 'disk';
  const side = numberOf(given, 'imgsz');
  const trainImages = await countTrainImages(folder, signal);
  return estimateLoad({
    size: model.kind === 'model' ? model.model.size : 'm',
    imgsz: side,
    batch: numberOf(given, 'batch'),
    epochs: numberOf(given, 'epochs'),
    trainImages,
    cacheBytes: keepsOnDisk ? files.length * side * side * 3 : 0,
  });
}

async function countTrainImages(folder: DatasetFolder, signal: AbortSignal): Promise<number> {
  const files = await folder.files(signal);
  const reading = await readDataYaml(folder, '', signal);
  if (reading?.kind !== 'yaml') return imagesOf(findLayout(files)?.train).length;
  const parts = await findParts(folder, new FileIndex(files), reading.yaml, signal);
  return parts.train?.images.length ?? 0;
}
