import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { CheckResult, OnCheckProgress } from '../../recipe.js';
import type { DatasetFile, DatasetFolder } from '../datasetFolder.js';
import { problem, type Problem } from '../problem.js';
import { readDataYaml, type DataYaml } from './dataYaml.js';
import { FileIndex } from './fileIndex.js';
import { imageProblems } from './imageProblems.js';
import { isImagePath, labelPathOf } from './imagePaths.js';
import type { ImageTally } from './imageTally.js';
import { labelProblems } from './labelProblems.js';
import { guessTask } from './labelTask.js';
import type { LabelRules, LabelTask } from './labelText.js';
import { findParts, type Part } from './parts.js';
import { createDataYaml } from './repairs/createDataYaml.js';
import { deleteCaches } from './repairs/deleteCaches.js';
import { scanParts, type Scan } from './scan.js';
import { balanceProblems, orphanProblem, overlapProblems } from './setProblems.js';
import { classListProblems, keypointProblems, placeProblems, type Parts } from './yamlProblems.js';

/** What is to be learned from a folder of images with labels. */
export interface YoloWish {
  /** The YAML file; empty: found by itself. */
  readonly data: string;
  /** `undefined`: as the labels are. */
  readonly task: LabelTask | undefined;
  /** All classes count as one. */
  readonly singleClass: boolean;
}

export interface YoloCheck extends CheckResult {
  readonly task?: LabelTask;
  readonly images?: ImageTally;
}

/** Everything that would make YOLO fail or disappoint on labelled images; reads all labels and all image headers. */
export async function checkYolo(
  folder: DatasetFolder,
  wish: YoloWish,
  signal: AbortSignal,
  onProgress?: OnCheckProgress,
): Promise<YoloCheck> {
  const reading = await readDataYaml(folder, wish.data, signal);
  if (!reading) return refused([await missingYaml(folder, signal)]);
  if (reading.kind === 'problem') return refused([reading.problem]);
  const { yaml } = reading;
  const index = new FileIndex(await folder.files(signal));
  const parts = await findParts(folder, index, yaml, signal);
  const task = wish.task ?? (await guessTask(folder, index, yaml, parts.train?.images ?? [], signal));
  const stated = [
    ...classListProblems(folder, yaml),
    ...(task === 'pose' ? keypointProblems(yaml) : []),
    ...placeProblems(folder, index, yaml, parts),
    ...(await cacheProblem(folder, yaml, signal)),
    ...(await readOnlyProblem(folder)),
  ];
  const found = Object.values(parts);
  const rules: LabelRules = {
    task,
    classCount: wish.singleClass ? Infinity : (yaml.names?.length ?? yaml.classCount ?? Infinity),
    keypoints: yaml.keypoints,
  };
  const scan = await scanParts(folder, index, found, rules, signal, onProgress);
  const problems = [
    ...stated,
    ...(await contentProblems({ folder, index, yaml, parts, rules, scan }, signal)),
  ];
  return { problems, summary: summarize(yaml, task, parts, scan), task, images: scan.images };
}

function refused(problems: readonly Problem[]): YoloCheck {
  return { problems, summary: {} };
}

/** Whether a folder without data.yaml is one of labelled images all the same. */
export function hasLabels(files: readonly DatasetFile[]): boolean {
  const index = new FileIndex(files);
  return files.some(({ path }) => isImagePath(path) && index.get(labelPathOf(path)) !== undefined);
}

async function missingYaml(folder: DatasetFolder, signal: AbortSignal): Promise<Problem> {
  const files = await folder.files(signal);
  const message = `data.yaml was not found at ${folder.path}.`;
  if (!hasLabels(files)) {
    const fix = 'Write one with train, val and names, or choose another recipe.';
    return problem('error', 'yolo.yaml-missing', message, { fix });
  }
  return problem('error', 'yolo.yaml-missing', message, {
    fix: 'Name the file with data, or let one be created from your folders.',
    repair: createDataYaml(folder, files),
  });
}

interface Content {
  readonly folder: DatasetFolder;
  readonly index: FileIndex;
  readonly yaml: DataYaml;
  readonly parts: Parts;
  readonly rules: LabelRules;
  readonly scan: Scan;
}

async function contentProblems(content: Content, signal: AbortSignal): Promise<Problem[]> {
  const { folder, index, yaml, parts, rules, scan } = content;
  const found = Object.values(parts);
  const { train, val } = parts;
  return [
    ...found.flatMap((part) => {
      const tally = scan.labels[part.name];
      return tally ? labelProblems({ folder, yaml, part, tally, rules }) : [];
    }),
    ...imageProblems(scan.images, found),
    ...(train && val ? await overlapProblems(folder, train, val, signal) : []),
    ...(scan.labels.train ? balanceProblems(yaml.names ?? [], scan.labels.train) : []),
    ...orphanProblem(orphans(index, found)),
    ...cornersHint(content),
  ];
}

/** Label files in folders that are used, of images that are not there. */
function orphans(index: FileIndex, parts: readonly Part[]): DatasetFile[] {
  const images = parts.flatMap((part) => part.images);
  const used = new Set(images.map(({ path }) => labelPathOf(path)));
  const folders = new Set(
    [...used].map((path) => posix.dirname(path)).filter((path) => /(^|\/)labels(\/|$)/.test(path)),
  );
  const known = new Set<string>();
  return [...folders].flatMap((folder) =>
    index.below(folder).filter(({ path }) => {
      if (!path.endsWith('.txt') || used.has(path) || known.has(path)) return false;
      known.add(path);
      return !/(^|\/)classes\.txt$/.test(path);
    }),
  );
}

/** Four corners may be a turned box, or an outline that happens to have four. */
function cornersHint({ rules, yaml, parts }: Content): Problem[] {
  if (rules.task !== 'obb' || !parts.train) return [];
  const message = 'The labels have four corners each and are learned as turned boxes (obb).';
  return [
    problem('hint', 'yolo.corners', message, {
      file: yaml.file,
      fix: 'Set task=segment to learn them as outlines.',
    }),
  ];
}

/** Trainyard leaves caches at home, but a training by hand would believe them. */
async function cacheProblem(folder: DatasetFolder, yaml: DataYaml, signal: AbortSignal): Promise<Problem[]> {
  const caches = (await folder.files(signal)).filter(({ path }) => path.endsWith('.cache'));
  if (caches.length === 0) return [];
  const changed = (await stat(join(folder.path, yaml.file))).mtimeMs;
  const stale: string[] = [];
  for (const { path } of caches) {
    if ((await stat(join(folder.path, path))).mtimeMs < changed) stale.push(path);
  }
  const [first] = stale;
  if (first === undefined) return [];
  const message = `${first} is older than ${yaml.file}: what it remembers of the labels may belong to other classes.`;
  const fix = 'Delete labels/*.cache, so that the labels are read again.';
  return [
    problem('warning', 'yolo.stale-cache', message, {
      file: first,
      fix,
      repair: deleteCaches(folder, stale),
    }),
  ];
}

async function readOnlyProblem(folder: DatasetFolder): Promise<Problem[]> {
  try {
    await access(folder.path, constants.W_OK);
    return [];
  } catch {
    const message =
      'The folder is read-only: it can be trained on, but nothing in it can be repaired from here.';
    return [problem('hint', 'yolo.read-only', message)];
  }
}

function summarize(yaml: DataYaml, task: LabelTask, parts: Parts, scan: Scan): CheckResult['summary'] {
  const counts = Object.values(parts).map((part) => [part.name, part.images.length] as const);
  return {
    data: yaml.file,
    task,
    classes: yaml.names ?? yaml.classCount ?? 0,
    ...Object.fromEntries(counts),
    boxes: scan.labels.train?.boxes ?? 0,
  };
}
