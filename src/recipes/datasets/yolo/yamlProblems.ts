import type { DatasetFolder } from '../datasetFolder.js';
import { problem, type Problem } from '../problem.js';
import type { DataYaml, PartName } from './dataYaml.js';
import type { FileIndex } from './fileIndex.js';
import type { Part } from './parts.js';
import { correctPath } from './repairs/correctPath.js';
import { dropClassCount } from './repairs/dropClassCount.js';
import { splitOff } from './repairs/splitOff.js';
import { countOf } from '../wording.js';

export type Parts = Partial<Record<PartName, Part>>;

/** What is wrong with the classes that data.yaml names. */
export function classListProblems(folder: DatasetFolder, yaml: DataYaml): Problem[] {
  const { file, names, classCount } = yaml;
  if (names === undefined && classCount === undefined) {
    const message = `${file} does not list your classes.`;
    return [
      problem('error', 'yolo.no-names', message, { file, fix: 'Add `names:`, as in names: [cat, dog].' }),
    ];
  }
  if ((names ?? []).length === 0 && (classCount ?? 0) === 0) {
    const message = `${file} lists no class.`;
    return [
      problem('error', 'yolo.no-names', message, {
        file,
        line: yaml.lineOf('names'),
        fix: 'Name at least one.',
      }),
    ];
  }
  if (names === undefined || classCount === undefined || names.length === classCount) return [];
  const message = `${file} says nc: ${classCount} but lists ${countOf(names.length, 'name')}.`;
  return [
    problem('error', 'yolo.class-count', message, {
      file,
      line: yaml.lineOf('nc'),
      fix: 'Delete the nc line; names is enough.',
      repair: dropClassCount(folder, yaml),
    }),
  ];
}

/** What is wrong with the keypoints that data.yaml announces. */
export function keypointProblems(yaml: DataYaml): Problem[] {
  const { file, keypoints, flipIndex } = yaml;
  if (!keypoints) {
    const message = `${file} does not say how many keypoints an object has.`;
    const fix = 'Add `kpt_shape: [17, 3]`: how many, and 2 numbers (x y) or 3 (x y visible) for each.';
    return [problem('error', 'yolo.keypoints', message, { file, fix })];
  }
  const [count, numbers] = keypoints;
  const line = yaml.lineOf('kpt_shape');
  if (!Number.isInteger(count) || count < 1 || ![2, 3].includes(numbers)) {
    const message = `\`kpt_shape: [${count}, ${numbers}]\` in ${file} is not how many keypoints there are and 2 or 3 numbers for each.`;
    return [
      problem('error', 'yolo.keypoints', message, { file, line, fix: 'Write it like `kpt_shape: [17, 3]`.' }),
    ];
  }
  if (!flipIndex) {
    const message = `${file} has no flip_idx, so pictures are not mirrored while learning.`;
    const fix = 'Add it: for each keypoint, which one it becomes in a mirror.';
    return [problem('hint', 'yolo.flip-index', message, { file, fix })];
  }
  if (flipIndex.length === count) return [];
  const message = `flip_idx in ${file} has ${countOf(flipIndex.length, 'number')}, and there are ${countOf(count, 'keypoint')}.`;
  return [
    problem('error', 'yolo.flip-index', message, {
      file,
      line: yaml.lineOf('flip_idx'),
      fix: 'List one number for each keypoint.',
    }),
  ];
}

/** What is wrong with where data.yaml says the images are. */
export function placeProblems(
  folder: DatasetFolder,
  index: FileIndex,
  yaml: DataYaml,
  parts: Parts,
): Problem[] {
  const found = Object.values(parts);
  const lost = found.flatMap((part) =>
    part.lost.map((value) => lostProblem(folder, index, yaml, part, value)),
  );
  return [
    ...missingParts(folder, yaml, parts),
    ...lost,
    ...found.flatMap((part) => (part.lost.length > 0 ? [] : emptyProblem(yaml, part))),
    ...found.flatMap(lostLineProblem),
    ...guessedProblem(yaml, found),
  ];
}

function missingParts(folder: DatasetFolder, yaml: DataYaml, parts: Parts): Problem[] {
  const { file } = yaml;
  if (!parts.train) {
    const message = `${file} has no \`train:\` line.`;
    return [
      problem('error', 'yolo.no-train', message, {
        file,
        fix: 'Add the folder with the images to learn from.',
      }),
    ];
  }
  if (parts.val) return [];
  const message = `${file} has no \`val:\` line.`;
  const canSplit = parts.train.images.length > 1 && parts.train.lost.length === 0;
  return [
    problem('error', 'yolo.no-val', message, {
      file,
      fix: 'Add the folder with your validation images, or let 20 % of the others be split off.',
      ...(canSplit && { repair: splitOff(folder, yaml, parts.train) }),
    }),
  ];
}

function lostProblem(
  folder: DatasetFolder,
  index: FileIndex,
  yaml: DataYaml,
  part: Part,
  value: string,
): Problem {
  const root = yaml.root === undefined ? '' : `\`path: ${yaml.root}\` + `;
  const message = `I cannot find the images of \`${part.name}: ${value}\`: ${root}\`${value}\` leads nowhere in the dataset folder.`;
  const repair = correctPath(folder, index, yaml, part.name, value);
  return problem('error', 'yolo.path', message, {
    file: yaml.file,
    line: yaml.lineOf(part.name),
    fix: 'Write the folder of the images, counted from data.yaml, and leave `path:` out.',
    ...(repair && { repair }),
  });
}

function emptyProblem(yaml: DataYaml, part: Part): Problem[] {
  if (part.images.length > 0) return [];
  const [source = ''] = part.sources;
  const place = { file: yaml.file, line: yaml.lineOf(part.name) };
  const only = part.foreign[0];
  if (only) {
    const message = `Not one image of \`${part.name}:\` is of a format that YOLO reads; ${only.path} is the first of ${part.foreign.length}.`;
    return [problem('error', 'yolo.no-images', message, { ...place, fix: 'Convert them to JPEG or PNG.' })];
  }
  const message = `There are no images in ${source === '' ? 'the folder' : source}, which is the \`${part.name}:\` of ${yaml.file}.`;
  return [
    problem('error', 'yolo.no-images', message, {
      ...place,
      fix: 'Put the images there, or correct the line.',
    }),
  ];
}

function lostLineProblem(part: Part): Problem[] {
  const [first] = part.lostLines;
  if (!first) return [];
  const { file, line, text } = first;
  const subject = part.lostLines.length === 1 ? '1 line' : countOf(part.lostLines.length, 'line');
  const message = `${subject} of ${file} ${part.lostLines.length === 1 ? 'names' : 'name'} no image of the folder (first ${text}).`;
  const severity = part.images.length === 0 ? 'error' : 'warning';
  const fix = 'Write `./` and the path from the list to the image.';
  return [problem(severity, 'yolo.list', message, { file, line, fix })];
}

function guessedProblem(yaml: DataYaml, parts: readonly Part[]): Problem[] {
  const guessed = parts.find((part) => part.isGuessed);
  if (!guessed || yaml.root === undefined) return [];
  const message = `\`path: ${yaml.root}\` in ${yaml.file} leads nowhere here; ${guessed.sources.join(', ')} is used.`;
  const fix = 'Delete the line: paths then count from data.yaml.';
  return [problem('warning', 'yolo.root', message, { file: yaml.file, line: yaml.lineOf('path'), fix })];
}
