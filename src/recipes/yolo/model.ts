import { posix } from 'node:path';
import { suggest } from '../../nearest.js';
import type { DatasetFolder } from '../datasets/datasetFolder.js';
import { problem, type Problem } from '../datasets/problem.js';

export type YoloTask = 'detect' | 'segment' | 'pose' | 'obb' | 'classify';

/** The network to start from. runtime/recipes/yolo_model.py reads the same names. */
export interface YoloModel {
  /** `undefined`: the name does not say. */
  readonly task: YoloTask | undefined;
  /** `n`, `s`, `m`, `l` or `x`, or the nearest of these for families with other sizes. */
  readonly size: ModelSize;
  /** Its weights are downloaded on the machine. */
  readonly needsDownload: boolean;
}

export type ModelSize = 'n' | 's' | 'm' | 'l' | 'x';

interface Family {
  readonly sizes: readonly string[];
  readonly tasks: readonly YoloTask[];
  /** Tasks there are weights for. */
  readonly weights: readonly YoloTask[];
}

const allTasks = ['detect', 'segment', 'pose', 'obb', 'classify'] as const;
/** What Ultralytics 8.4 can build (`cfg/models/`) and has weights of (`GITHUB_ASSETS_NAMES`). */
const families: Readonly<Record<string, Family>> = {
  yolo11: { sizes: ['n', 's', 'm', 'l', 'x'], tasks: allTasks, weights: allTasks },
  yolo26: { sizes: ['n', 's', 'm', 'l', 'x'], tasks: allTasks, weights: allTasks },
  yolo12: { sizes: ['n', 's', 'm', 'l', 'x'], tasks: allTasks, weights: ['detect'] },
  yolov8: { sizes: ['n', 's', 'm', 'l', 'x'], tasks: allTasks, weights: allTasks },
  yolov9: { sizes: ['t', 's', 'm', 'c', 'e'], tasks: ['detect', 'segment'], weights: ['detect', 'segment'] },
  yolov10: { sizes: ['n', 's', 'm', 'b', 'l', 'x'], tasks: ['detect'], weights: ['detect'] },
  yolov5: { sizes: ['n', 's', 'm', 'l', 'x'], tasks: ['detect'], weights: ['detect'] },
};
const usualSizes: Readonly<Record<string, ModelSize>> = { t: 'n', c: 'l', e: 'x', b: 'l' };
const taskOfSuffix: Readonly<Record<string, YoloTask>> = {
  seg: 'segment',
  pose: 'pose',
  obb: 'obb',
  cls: 'classify',
};

const name = /^(yolov?\d+)([a-z])(u?)((?:-(?:p2|p6|ghost))*)(?:-(seg|pose|obb|cls))?$/;

export type ModelReading =
  | { readonly kind: 'model'; readonly model: YoloModel }
  | { readonly kind: 'problem'; readonly problem: Problem };

/** @param isPretrained whether weights are wanted where the model is only a name */
export async function readModel(
  folder: DatasetFolder,
  text: string,
  isPretrained: boolean,
  signal: AbortSignal,
): Promise<ModelReading> {
  const given = text.trim();
  const path = posix.normalize(given.replaceAll('\\', '/'));
  const stem = posix.basename(path).replace(/\.(pt|ya?ml)$/, '');
  const parsed = parseName(stem);
  if (/\.(pt|ya?ml)$/.test(path) && (await folder.find(path, signal))) {
    return { kind: 'model', model: { task: parsed?.task, size: parsed?.size ?? 'm', needsDownload: false } };
  }
  if (!parsed || path.includes('/')) return { kind: 'problem', problem: unknownModel(given, path) };
  const needsDownload = isPretrained && !/\.ya?ml$/.test(path);
  return { kind: 'model', model: { task: parsed.task, size: parsed.size, needsDownload } };
}

interface ParsedName {
  readonly family: Family;
  readonly task: YoloTask | undefined;
  readonly size: ModelSize;
}

function parseName(stem: string): ParsedName | undefined {
  const match = name.exec(stem);
  const family = families[match?.[1] ?? ''];
  const letter = match?.[2] ?? '';
  if (!family?.sizes.includes(letter)) return undefined;
  const task = taskOfSuffix[match?.[5] ?? ''];
  return { family, task, size: usualSizes[letter] ?? (letter as ModelSize) };
}

/** What is wrong with learning a task with a model. */
export function modelProblems(text: string, model: YoloModel, task: YoloTask): Problem[] {
  if (model.task !== undefined && model.task !== task) {
    const message = `The model ${text} is made for ${model.task}, and what is learned here is ${task}.`;
    return [
      problem('error', 'yolo.model-task', message, {
        fix: `Take ${withoutSuffix(text)}: the right ending is added by itself.`,
      }),
    ];
  }
  const family = parseName(withoutSuffix(text))?.family;
  if (!family || (family.tasks.includes(task) && (!model.needsDownload || family.weights.includes(task))))
    return [];
  const what = family.tasks.includes(task) ? `has no weights for ${task}` : `cannot learn ${task}`;
  const fix = family.tasks.includes(task)
    ? 'Take yolo11n, or set pretrained=false.'
    : 'Take yolo11n or yolo26n.';
  return [problem('error', 'yolo.model-task', `The model ${text} ${what}.`, { fix })];
}

function withoutSuffix(text: string): string {
  return posix
    .basename(text.trim())
    .replace(/\.(pt|ya?ml)$/, '')
    .replace(/-(seg|pose|obb|cls)$/, '');
}

function unknownModel(given: string, path: string): Problem {
  if (/\.(pt|ya?ml)$/.test(path) && (path.includes('/') || !path.startsWith('yolo'))) {
    const message = `The folder has no model ${path}.`;
    return problem('error', 'yolo.model-missing', message, {
      fix: 'Put the file into the folder, or take a model by its name, as in yolo11n.',
    });
  }
  const names = Object.entries(families).flatMap(([family, { sizes }]) => sizes.map((size) => family + size));
  return problem(
    'error',
    'yolo.model-unknown',
    `There is no model '${given}'; ${suggest(given.replace(/\.(pt|ya?ml)$/, ''), names)}`,
    {
      fix: 'Take one of Ultralytics by its name, or a .pt file of the folder.',
    },
  );
}
