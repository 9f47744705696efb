import type { DatasetFolder } from '../datasetFolder.js';
import { problem, type Problem } from '../problem.js';
import type { DataYaml } from './dataYaml.js';
import { labelPathOf } from './imagePaths.js';
import type { Finding, LabelTally } from './labelTally.js';
import type { LabelFault, LabelRules, LabelTask } from './labelText.js';
import type { Part } from './parts.js';
import { convertPixels } from './repairs/convertPixels.js';
import { countOf, named } from '../wording.js';

export interface LabelCheck {
  readonly folder: DatasetFolder;
  readonly yaml: DataYaml;
  readonly part: Part;
  readonly tally: LabelTally;
  readonly rules: LabelRules;
}

type FaultOf<Kind extends LabelFault['kind']> = Finding<Extract<LabelFault, { kind: Kind }>>;

/** What is wrong with the labels of one part. Ultralytics leaves such images out and goes on. */
export function labelProblems(check: LabelCheck): Problem[] {
  const { tally, part } = check;
  if (tally.images === 0) return [];
  if (tally.labelled === 0) return [unlabelled(check)];
  return [
    ...faultProblems(check),
    ...formProblems(check),
    ...(tally.boxes === 0 && tally.spoiled === 0 ? [nothingLabelled(check)] : []),
    ...missingLabels(part, tally),
    ...duplicateProblem(tally),
  ];
}

function unlabelled({ part, tally }: LabelCheck): Problem {
  const [image] = part.images;
  const label = labelPathOf(image?.path ?? '');
  const message = `None of the ${countOf(tally.images, 'image')} of \`${part.name}:\` has a label file.`;
  const fix = `Labels must be in labels/… next to images/… with the same file name: ${label} for ${image?.path ?? ''}.`;
  const severity = part.name === 'train' ? 'error' : 'warning';
  return problem(severity, 'yolo.no-labels', message, { file: image?.path ?? null, fix });
}

function faultProblems(check: LabelCheck): Problem[] {
  const { tally } = check;
  return [
    ...said(check, tally.faults('class'), classFault),
    ...said(check, tally.faults('pixels'), pixelFault),
    ...said(check, tally.faults('outside'), outsideFault),
    ...said(check, tally.faults('columns'), columnFault),
    ...said(check, tally.faults('mixed'), mixedFault),
    ...said(check, tally.faults('negative'), negativeFault),
    ...said(check, tally.faults('fraction'), fractionFault),
    ...said(check, tally.faults('not-a-number'), textFault),
  ];
}

interface Said {
  readonly code: string;
  readonly message: string;
  readonly fix: string;
  readonly repair?: Problem['repair'];
}

/** An error when not one image is left to use: Ultralytics ends then, and else only skips. */
function said<Fault extends { readonly line: number }>(
  check: LabelCheck,
  finding: Finding<Fault> | undefined,
  say: (check: LabelCheck, finding: Finding<Fault>) => Said,
): Problem[] {
  if (!finding) return [];
  const { code, message, fix, repair } = say(check, finding);
  const isFatal = check.tally.spoiled === check.tally.images;
  const place = { file: finding.file, line: finding.detail.line, fix, ...(repair && { repair }) };
  return [
    problem(isFatal ? 'error' : 'warning', code, `${message} ${consequence(check, finding.count)}`, place),
  ];
}

function consequence({ tally }: LabelCheck, count: number): string {
  if (tally.spoiled === tally.images) return 'No image is left to use.';
  return count === 1 ? 'This image would be silently skipped.' : 'These images would be silently skipped.';
}

function files(count: number, verb: string, verbs: string): string {
  return `${countOf(count, 'label file')} ${count === 1 ? verb : verbs}`;
}

function classFault({ yaml, rules }: LabelCheck, { count, detail }: FaultOf<'class'>): Said {
  const classes = rules.classCount;
  const has = classes === 1 ? 'only 1 class (0)' : `only ${classes} classes (0-${classes - 1})`;
  return {
    code: 'yolo.class-range',
    message: `${files(count, 'uses', 'use')} class ${detail.value}, but ${yaml.file} has ${has}.`,
    fix: 'Ids start at 0. Correct the labels, or add the name to names.',
  };
}

function pixelFault(
  { folder, part, tally, rules }: LabelCheck,
  { count, files: paths }: FaultOf<'pixels'>,
): Said {
  const subject = `${count.toLocaleString('en-US')} of ${countOf(tally.labelled, 'label file')} ${count === 1 ? 'holds' : 'hold'}`;
  return {
    code: 'yolo.pixels',
    message: `${subject} pixel values, and YOLO wants numbers between 0 and 1.`,
    fix: 'Divide them by the width and height of the image, or let them be converted.',
    repair: convertPixels(folder, part.images, paths, rules),
  };
}

function outsideFault(_: LabelCheck, { count, detail }: FaultOf<'outside'>): Said {
  return {
    code: 'yolo.outside',
    message: `${files(count, 'holds', 'hold')} a number above 1 (first ${detail.value}): the object sticks out of its image.`,
    fix: 'Cut it off at the border: numbers go from 0 to 1.',
  };
}

const shapes: Readonly<Record<LabelTask, string>> = {
  detect: 'a box needs 5: class x y w h',
  segment: 'an outline needs the class and 3 or more pairs of x y',
  obb: 'a turned box needs 9: class and x y of its 4 corners',
  pose: 'keypoints need',
};

function columnFault({ rules, yaml }: LabelCheck, { count, file, detail }: FaultOf<'columns'>): Said {
  const { keypoints } = rules;
  const needed = keypoints
    ? `kpt_shape: [${keypoints.join(', ')}] of ${yaml.file} needs ${5 + keypoints[0] * keypoints[1]}: class x y w h and the keypoints`
    : shapes[rules.task];
  return {
    code: 'yolo.columns',
    message: `${named(`${file} line ${detail.line}`, count)} has ${countOf(detail.count, 'number')}; ${rules.task === 'pose' ? needed : shapes[rules.task]}.`,
    fix:
      rules.task === 'pose'
        ? 'Correct kpt_shape, or the labels.'
        : 'Correct the line, or set task to what the labels are.',
  };
}

function mixedFault(_: LabelCheck, { count }: FaultOf<'mixed'>): Said {
  return {
    code: 'yolo.mixed',
    message: `${files(count, 'mixes', 'mix')} boxes and outlines.`,
    fix: 'Use one kind in all files.',
  };
}

function negativeFault(_: LabelCheck, { count, detail }: FaultOf<'negative'>): Said {
  return {
    code: 'yolo.negative',
    message: `${files(count, 'holds', 'hold')} a negative number (first ${detail.value}).`,
    fix: 'Classes count from 0, and coordinates go from 0 to 1.',
  };
}

function fractionFault(_: LabelCheck, { count, detail }: FaultOf<'fraction'>): Said {
  return {
    code: 'yolo.class-fraction',
    message: `${files(count, 'has', 'have')} a class that is no whole number (first ${detail.value}).`,
    fix: 'The first number of a line is the id of the class.',
  };
}

function textFault(_: LabelCheck, { count, detail }: FaultOf<'not-a-number'>): Said {
  const shown = detail.text.length > 40 ? `${detail.text.slice(0, 40)}…` : detail.text;
  return {
    code: 'yolo.not-a-number',
    message: `${files(count, 'holds', 'hold')} something else than numbers (first '${shown}').`,
    fix: 'A line is numbers with spaces between them: class x y w h, the class as its id.',
  };
}

/** Labels of one kind where the task needs another, or of two kinds. */
function formProblems({ tally, rules, part }: LabelCheck): Problem[] {
  const { boxes, polygons } = tally.forms;
  const wantsOutlines = rules.task === 'segment' || rules.task === 'obb';
  const place = { fix: 'Set task=detect, or export polygons.' };
  if (wantsOutlines && boxes > 0) {
    const what = rules.task === 'segment' ? 'segmentation' : 'turned boxes (obb)';
    const subject =
      polygons === 0
        ? 'The labels are'
        : `${boxes.toLocaleString('en-US')} of ${countOf(tally.labelled, 'label file')} of \`${part.name}:\` are`;
    return [problem('error', 'yolo.boxes', `${subject} boxes, but the task is ${what}.`, place)];
  }
  if (rules.task === 'detect' && boxes > 0 && polygons > 0) {
    const message = `${countOf(boxes, 'label file')} of \`${part.name}:\` ${boxes === 1 ? 'holds' : 'hold'} boxes and ${polygons.toLocaleString('en-US')} outlines; the boxes around the outlines are used.`;
    return [problem('warning', 'yolo.mixed', message, { fix: 'Use one kind in all files.' })];
  }
  return [];
}

function nothingLabelled({ part, tally }: LabelCheck): Problem {
  const message = `All ${countOf(tally.labelled, 'label file')} of \`${part.name}:\` are empty; there is nothing to find.`;
  return problem(part.name === 'train' ? 'error' : 'warning', 'yolo.empty-labels', message, {
    fix: 'Export the labels again.',
  });
}

function missingLabels(part: Part, tally: LabelTally): Problem[] {
  const count = tally.images - tally.labelled;
  if (count === 0) return [];
  const message = `${countOf(count, 'image')} of ${tally.images.toLocaleString('en-US')} of \`${part.name}:\` ${count === 1 ? 'has' : 'have'} no label file and ${count === 1 ? 'counts' : 'count'} as background.`;
  return [
    problem('hint', 'yolo.background', message, {
      fix: 'Good if nothing is on them; else add their labels.',
    }),
  ];
}

function duplicateProblem(tally: LabelTally): Problem[] {
  const found = tally.duplicates.summary;
  if (!found) return [];
  const message = `${countOf(found.count, 'label file')} ${found.count === 1 ? 'holds' : 'hold'} a line twice; one of them is used.`;
  return [problem('hint', 'yolo.duplicates', message, { file: found.file })];
}
