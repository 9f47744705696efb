import type { DatasetFolder } from '../datasetFolder.js';
import { problem, type Problem } from '../problem.js';
import { copyCaptions, writeCaptions } from './captionRepairs.js';
import type { CaptionedImage, Pairing, StrayCaption } from './pairing.js';
import { named, shareOf } from '../wording.js';

export interface CaptionSettings {
  readonly trigger: string;
  readonly defaultCaption: string;
}

/** No caption is longer; of a longer text the beginning tells enough. */
const mostCaptionBytes = 64 * 1024;

/** What is wrong with the captions; `count` is of those that say something. */
export async function captionProblems(
  folder: DatasetFolder,
  pairing: Pairing,
  settings: CaptionSettings,
  signal: AbortSignal,
): Promise<{ readonly problems: readonly Problem[]; readonly count: number }> {
  const { images } = pairing;
  const captions = await readCaptions(folder, images, signal);
  const said = captions.filter(({ text }) => text !== '');
  const fallback = settings.defaultCaption !== '' || pairing.defaultCaption !== undefined;
  const problems = [
    ...missing(folder, images, settings, fallback),
    ...strays(folder, pairing.strays),
    ...empty(captions, settings),
    ...notUtf8(captions),
    ...allEqual(said),
    ...withoutTrigger(said, settings),
  ];
  return { problems, count: said.length };
}

interface Caption {
  readonly path: string;
  readonly text: string;
  readonly isUtf8: boolean;
}

async function readCaptions(
  folder: DatasetFolder,
  images: readonly CaptionedImage[],
  signal: AbortSignal,
): Promise<Caption[]> {
  const captions: Caption[] = [];
  for (const { caption } of images) {
    signal.throwIfAborted();
    if (!caption) continue;
    const bytes = await folder.head(caption.path, mostCaptionBytes);
    const text = bytes
      .toString('utf8')
      .replace(/^\uFEFF/, '')
      .trim();
    captions.push({ path: caption.path, text, isUtf8: !text.includes('\uFFFD') });
  }
  return captions;
}

function missing(
  folder: DatasetFolder,
  images: readonly CaptionedImage[],
  { trigger, defaultCaption }: CaptionSettings,
  fallback: boolean,
): Problem[] {
  const lacking = images.filter(({ caption }) => !caption);
  const [first] = lacking;
  if (!first || fallback) return [];
  const which = `${shareOf(lacking.length, images.length, 'image')} no caption`;
  const file = first.file.path;
  if (trigger === '') {
    const fix = `Write what is to be seen into ${first.captionPath} and the like, or set trigger or defaultCaption.`;
    return [
      problem('warning', 'captions.missing', `${which}, so nothing is learned by name from them.`, {
        file,
        fix,
      }),
    ];
  }
  const text = defaultCaption === '' ? trigger : defaultCaption;
  const repair = writeCaptions(
    folder,
    lacking.map(({ captionPath }) => captionPath),
    text,
  );
  const message = `${which}; they are learned with the trigger word only.`;
  const fix = `Write what is to be seen into ${first.captionPath} and the like.`;
  return [problem('warning', 'captions.missing', message, { file, fix, repair })];
}

function strays(folder: DatasetFolder, found: readonly StrayCaption[]): Problem[] {
  const of = (kind: StrayCaption['kind']) => found.filter((stray) => stray.kind === kind);
  return [
    ...misnamed(
      folder,
      'captions.full-name',
      of('full-name'),
      'still has the ending of its image in its name',
    ),
    ...misnamed(
      folder,
      'captions.other-ending',
      of('other-ending'),
      'has another ending than captions have here',
    ),
    ...orphans(of('no-image')),
  ];
}

function misnamed(
  folder: DatasetFolder,
  code: string,
  found: readonly StrayCaption[],
  why: string,
): Problem[] {
  const [first] = found;
  if (!first) return [];
  const copies = found.flatMap(({ file, meant }) =>
    meant === undefined ? [] : [[file.path, meant] as const],
  );
  const message = `${named(first.file.path, found.length)} ${why} and is not read.`;
  const fix =
    first.meant === undefined
      ? 'Its image has a caption already; delete one of the two.'
      : `Call it ${first.meant}.`;
  const repair = copies.length === 0 ? undefined : copyCaptions(folder, copies);
  return [problem('warning', code, message, { file: first.file.path, fix, ...(repair && { repair }) })];
}

function orphans(found: readonly StrayCaption[]): Problem[] {
  const [first] = found;
  if (!first) return [];
  const message = `${named(first.file.path, found.length)} belongs to no image.`;
  const fix = 'A caption is called like its image, but for the ending.';
  return [problem('warning', 'captions.no-image', message, { file: first.file.path, fix })];
}

function empty(captions: readonly Caption[], { trigger }: CaptionSettings): Problem[] {
  const found = captions.filter(({ text }) => text === '');
  const [first] = found;
  if (!first) return [];
  const effect =
    trigger === '' ? 'its image is learned without words' : 'its image is learned with the trigger word only';
  const message = `${named(first.path, found.length)} is empty: ${effect}.`;
  return [
    problem('warning', 'captions.empty', message, { file: first.path, fix: 'Write what is to be seen.' }),
  ];
}

function notUtf8(captions: readonly Caption[]): Problem[] {
  const found = captions.filter(({ isUtf8 }) => !isUtf8);
  const [first] = found;
  if (!first) return [];
  const message = `${named(first.path, found.length)} is not UTF-8, so letters with accents are lost.`;
  return [problem('warning', 'captions.not-utf8', message, { file: first.path, fix: 'Save it as UTF-8.' })];
}

function allEqual(said: readonly Caption[]): Problem[] {
  const [first] = said;
  if (!first || said.length < 3 || said.some(({ text }) => text !== first.text)) return [];
  const message = `All ${said.length.toLocaleString('en-US')} captions say the same, so what differs between the images cannot be asked for later.`;
  return [
    problem('warning', 'captions.equal', message, { fix: 'Say in each what is special about its image.' }),
  ];
}

/** With a trigger word ai-toolkit puts it in front of every caption that does not have it. */
function withoutTrigger(said: readonly Caption[], { trigger }: CaptionSettings): Problem[] {
  if (said.length === 0) return [];
  if (trigger === '') {
    const marked = said.find(({ text }) => text.includes('[trigger]'));
    if (marked) {
      const message = `${marked.path} says [trigger], but no trigger word is set to take its place.`;
      return [
        problem('error', 'captions.trigger-missing', message, {
          file: marked.path,
          fix: 'Set trigger to a rare word, such as p3rs0n.',
        }),
      ];
    }
    const fix = 'Set trigger to a rare word, such as p3rs0n, unless the captions name what is new.';
    return [problem('hint', 'captions.no-trigger', 'No trigger word is set.', { fix })];
  }
  if (said.some(({ text }) => text.includes(trigger) || text.includes('[trigger]'))) return [];
  const message = `The trigger word '${trigger}' is in no caption; it is put in front of each.`;
  return [problem('hint', 'captions.trigger-unused', message)];
}
