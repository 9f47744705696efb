import { suggest } from '../../nearest.js';
import { problem, type Problem } from '../datasets/problem.js';
import type { Parameters, ParameterValue } from '../recipe.js';
import { parameters } from './parameters.js';

/** What kind of value an argument of Ultralytics 8.4 takes (`cfg/__init__.py`); `any` is checked there. */
type Kind = 'share' | 'number' | 'whole' | 'yes-no' | 'any';

const free: Readonly<Record<string, Kind>> = {
  amp: 'any',
  angle: 'number',
  auto_augment: 'any',
  bgr: 'share',
  box: 'number',
  cache: 'any',
  channels_last: 'yes-no',
  classes: 'any',
  cls: 'number',
  cls_pw: 'share',
  cls_remap: 'yes-no',
  compile: 'any',
  conf: 'share',
  copy_paste: 'share',
  copy_paste_mode: 'any',
  cutmix: 'share',
  degrees: 'number',
  deterministic: 'yes-no',
  dfl: 'number',
  dropout: 'share',
  erasing: 'share',
  fliplr: 'share',
  flipud: 'share',
  fraction: 'any',
  hsv_h: 'share',
  hsv_s: 'share',
  hsv_v: 'share',
  iou: 'share',
  kobj: 'number',
  lrf: 'share',
  mask_ratio: 'whole',
  max_det: 'whole',
  mixup: 'share',
  momentum: 'share',
  mosaic: 'share',
  multi_scale: 'share',
  nbs: 'whole',
  overlap_mask: 'yes-no',
  perspective: 'share',
  plots: 'yes-no',
  pose: 'number',
  profile: 'yes-no',
  rect: 'yes-no',
  rle: 'number',
  save_period: 'whole',
  scale: 'any',
  shear: 'number',
  single_cls: 'yes-no',
  time: 'number',
  translate: 'share',
  val: 'yes-no',
  verbose: 'yes-no',
  warmup_bias_lr: 'share',
  warmup_epochs: 'number',
  warmup_momentum: 'share',
  weight_decay: 'share',
};

/** Arguments of Ultralytics that Trainyard sets itself, or that only matter for other things than training. */
const taken = new Set(
  ['augment', 'agnostic_nms', 'cfg', 'dis', 'distill_model', 'dnn', 'dynamic', 'embed', 'exist_ok', 'format']
    .concat([
      'keras',
      'line_width',
      'mode',
      'name',
      'nms',
      'opset',
      'optimize',
      'project',
      'quantize',
      'resume',
    ])
    .concat([
      'retina_masks',
      'save',
      'save_conf',
      'save_crop',
      'save_dir',
      'save_frames',
      'save_json',
      'save_txt',
    ])
    .concat([
      'show',
      'show_boxes',
      'show_conf',
      'show_labels',
      'simplify',
      'source',
      'split',
      'stream_buffer',
    ])
    .concat(['tracker', 'vid_stride', 'visualize', 'workspace', 'dlog', 'dgrad', 'dlam']),
);

/** What is wrong with the arguments that are passed on to Ultralytics as they are. */
export function argumentProblems(given: Parameters): Problem[] {
  return Object.entries(given).flatMap(([name, value]) => argumentProblem(name, value));
}

function argumentProblem(name: string, value: ParameterValue): Problem[] {
  if (parameters.some((parameter) => parameter.name === name)) return [];
  if (taken.has(name)) {
    return [
      refused(
        'yolo.taken-argument',
        `${name} is set by Trainyard, or has no meaning for a training.`,
        'Leave it out.',
      ),
    ];
  }
  const kind = free[name];
  if (kind === undefined) {
    const names = [...parameters.map((parameter) => parameter.name), ...Object.keys(free)];
    const message = `Ultralytics has no argument '${name}'; ${suggest(name, names)}`;
    return [problem('error', 'yolo.unknown-argument', message)];
  }
  const rule = rules[kind];
  if (!rule || rule.fits(String(value).trim())) return [];
  return [
    refused('yolo.argument', `${name} must be ${rule.words}; got '${String(value)}'.`, `Correct ${name}.`),
  ];
}

function refused(code: string, message: string, fix: string): Problem {
  return problem('error', code, message, { fix });
}

interface Rule {
  readonly words: string;
  fits(text: string): boolean;
}

const rules: Readonly<Partial<Record<Kind, Rule>>> = {
  share: {
    words: 'a number from 0 to 1',
    fits: (text) => isNumber(text) && Number(text) >= 0 && Number(text) <= 1,
  },
  number: { words: 'a number', fits: isNumber },
  whole: { words: 'a whole number', fits: (text) => isNumber(text) && Number.isInteger(Number(text)) },
  'yes-no': { words: 'true or false', fits: (text) => /^(true|false)$/i.test(text) },
};

function isNumber(text: string): boolean {
  return text !== '' && Number.isFinite(Number(text));
}
