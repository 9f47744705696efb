import { problem, type Problem } from '../problem.js';
import type { ImageTally } from './imageTally.js';
import type { Finding } from './labelTally.js';
import type { Part } from './parts.js';
import { countOf } from '../wording.js';

/** What is wrong with the images themselves. Ultralytics leaves such images out and goes on. */
export function imageProblems(tally: ImageTally, parts: readonly Part[]): Problem[] {
  return [
    ...said(tally.broken.summary, 'yolo.image-broken', 'no image or damaged', 'Remove or replace'),
    ...said(
      tally.truncated.summary,
      'yolo.image-truncated',
      'cut off before the end',
      'Copy the whole file again for',
    ),
    ...said(tally.tiny.summary, 'yolo.image-tiny', 'smaller than 10 pixels', 'Remove'),
    ...disguisedProblem(tally.disguised.summary),
    ...foreignProblem(parts),
  ];
}

function said(finding: Finding<string> | undefined, code: string, what: string, remedy: string): Problem[] {
  if (!finding) return [];
  const { count, file, detail } = finding;
  const verb = count === 1 ? 'is' : 'are';
  const message = `${countOf(count, 'image')} ${verb} ${what} (first ${file}: ${detail}); ${count === 1 ? 'it' : 'they'} would be silently skipped.`;
  return [problem('warning', code, message, { file, fix: `${remedy} ${count === 1 ? 'it' : 'them'}.` })];
}

function disguisedProblem(finding: Finding<string> | undefined): Problem[] {
  if (!finding) return [];
  const { count, file, detail } = finding;
  const message = `${countOf(count, 'image')} ${count === 1 ? 'is' : 'are'} not what ${count === 1 ? 'its name says' : 'their names say'} (${file} is ${detail.toUpperCase()}), and YOLO does not read that format.`;
  return [problem('warning', 'yolo.image-format', message, { file, fix: 'Convert to JPEG or PNG.' })];
}

/** Left out without a word, because only known endings are looked at. */
function foreignProblem(parts: readonly Part[]): Problem[] {
  const foreign = parts.flatMap((part) => (part.images.length > 0 ? part.foreign : []));
  const [first] = foreign;
  if (!first) return [];
  const kinds = [...new Set(foreign.map(({ path }) => path.slice(path.lastIndexOf('.') + 1).toUpperCase()))];
  const message = `${countOf(foreign.length, `${kinds.slice(0, 3).join('/')} image`)} (first ${first.path}) would be ignored.`;
  return [
    problem('warning', 'yolo.image-format', message, { file: first.path, fix: 'Convert to JPEG or PNG.' }),
  ];
}
