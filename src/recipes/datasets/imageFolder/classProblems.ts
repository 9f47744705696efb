import { nearestName } from '../../../nearest.js';
import { problem, type Problem } from '../problem.js';
import type { ImageFolderLayout, ImagePart } from './layout.js';
import { countOf, listOf } from '../wording.js';

/** With fewer images of a class to learn from, hardly more than those very images are recognised. */
const fewImages = 10;
/** From this many times as many images on, the small class tends to be forgotten. */
const strongImbalance = 10;

export interface ClassRules {
  /** See {@link ImageFolderOptions.valNeedsEveryClass}. */
  readonly valNeedsEveryClass?: boolean;
  readonly balanceFix?: string;
}

/** What is wrong with the classes of a layout that is divided into parts. */
export function classProblems(layout: ImageFolderLayout, rules: ClassRules): Problem[] {
  return [
    ...oneClassProblem(layout.train),
    ...[layout.val, layout.test].flatMap((part) => (part ? unknownClassProblem(layout.train, part) : [])),
    ...(layout.val ? unscoredClassProblem(layout.train, layout.val, rules) : []),
    ...smallClassProblem(layout.train),
    ...imbalanceProblem(layout.train, rules),
  ];
}

function oneClassProblem({ classes }: ImagePart): Problem[] {
  if (classes.size > 1) return [];
  const [name = ''] = classes.keys();
  const message = `There is only one class folder with images, '${name}'; there is nothing to tell apart.`;
  const fix = 'Add a folder with images of a second class.';
  return [problem('error', 'images.one-class', message, { fix })];
}

/** A model cannot answer with a class it never saw, and its numbers would mean other classes there. */
function unknownClassProblem(train: ImagePart, part: ImagePart): Problem[] {
  const unknown = [...part.classes.keys()].filter((name) => !train.classes.has(name));
  const [first] = unknown;
  if (first === undefined) return [];
  const near = nearestName(first, [...train.classes.keys()]);
  const message = `${part.folder} has class folders that ${train.folder} has not (${listOf(unknown)}); what is in them is never learned.`;
  const fix = `Give both the same class folders${near === undefined ? '.' : `; did you mean '${near}'?`}`;
  return [problem('error', 'images.unknown-class', message, { fix })];
}

function unscoredClassProblem(train: ImagePart, val: ImagePart, rules: ClassRules): Problem[] {
  const missing = [...train.classes.keys()].filter((name) => !val.classes.has(name));
  if (missing.length === 0) return [];
  const isFolder = val.folder !== train.folder;
  const start = isFolder ? `${val.folder} has no image` : 'No image is held back';
  const message = `${start} of ${listOf(missing)}; nobody will know how well that is recognised.`;
  const fix = isFolder ? `Move some there from ${train.folder}.` : 'Add images of it.';
  return [problem(rules.valNeedsEveryClass ? 'error' : 'warning', 'images.unscored-class', message, { fix })];
}

function smallClassProblem({ classes }: ImagePart): Problem[] {
  const small = bySize(classes).filter(({ count }) => count < fewImages);
  const [smallest] = small;
  if (!smallest || classes.size < 2) return [];
  const others =
    small.length === 1 ? '' : ` and ${countOf(small.length - 1, 'other class', 'other classes')}`;
  const verb = small.length === 1 ? 'has' : 'have';
  const most =
    small.length === 1 ? `only ${countOf(smallest.count, 'image')}` : `fewer than ${fewImages} images`;
  const message = `Class '${smallest.name}'${others} ${verb} ${most} to learn from; expect it to know little more than those.`;
  return [problem('warning', 'images.small-class', message, { fix: 'Add images.' })];
}

function imbalanceProblem({ classes }: ImagePart, { balanceFix }: ClassRules): Problem[] {
  const sizes = bySize(classes);
  const [smallest] = sizes;
  const largest = sizes.at(-1);
  if (!smallest || !largest || largest.count < strongImbalance * smallest.count) return [];
  const message = `Class '${largest.name}' has ${countOf(largest.count, 'image')} to learn from and '${smallest.name}' only ${smallest.count}; the small one tends to be forgotten.`;
  const fix = balanceFix === undefined ? 'Add images of it.' : `Add images of it, or ${balanceFix}.`;
  return [problem('warning', 'images.imbalance', message, { fix })];
}

function bySize(classes: ImagePart['classes']): { name: string; count: number }[] {
  return [...classes]
    .map(([name, images]) => ({ name, count: images.length }))
    .sort((a, b) => a.count - b.count);
}
