import type { DatasetFile, DatasetFolder } from '../datasetFolder.js';

/** An image that a training on captioned images reads, and the caption that belongs to it. */
export interface CaptionedImage {
  readonly file: DatasetFile;
  /** The caption's place, whether there is one or not: `a/dog.txt`. */
  readonly captionPath: string;
  readonly caption: DatasetFile | undefined;
}

/** A text that looks like a caption and belongs to no image, and the caption it was meant to be. */
export interface StrayCaption {
  readonly file: DatasetFile;
  readonly kind: 'full-name' | 'other-ending' | 'no-image';
  /** Where it would be found; `undefined` when there is no such image, or that image has a caption. */
  readonly meant: string | undefined;
}

export interface Pairing {
  readonly images: readonly CaptionedImage[];
  readonly strays: readonly StrayCaption[];
  /** Images of a kind that is not read. */
  readonly otherImages: readonly DatasetFile[];
  /** `default.txt`: the caption of all images that have none. */
  readonly defaultCaption: DatasetFile | undefined;
}

/** What ai-toolkit reads (its data loader's list of endings). */
const imageEnding = /\.(?:jpe?g|png|webp)$/i;
const otherImageEnding = /\.(?:heic|heif|avif|gif|bmp|tiff?|jxl|raw|dng|psd)$/i;
const captionEnding = /\.(?:txt|caption)$/i;

/** Which caption belongs to which image. `ending` is what captions end in, without the dot. */
export async function pairUp(folder: DatasetFolder, ending: string, signal: AbortSignal): Promise<Pairing> {
  const files = await folder.files(signal);
  const byPath = new Map(files.map((file) => [file.path, file]));
  const images = files
    .filter(({ path }) => imageEnding.test(path))
    .map((file) => {
      const captionPath = `${withoutEnding(file.path)}.${ending}`;
      return { file, captionPath, caption: byPath.get(captionPath) };
    });
  const used = new Set(images.map(({ captionPath }) => captionPath));
  const strays = files
    .filter(({ path }) => (captionEnding.test(path) || path.endsWith(`.${ending}`)) && !used.has(path))
    .filter(({ path }) => !isAboutTheFolder(path));
  const lacking = new Set(images.filter(({ caption }) => !caption).map(({ captionPath }) => captionPath));
  return {
    images,
    strays: strays.map((file) => toStray(file, ending, lacking)),
    otherImages: files.filter(({ path }) => otherImageEnding.test(path)),
    defaultCaption: byPath.get('default.txt'),
  };
}

export function withoutEnding(path: string): string {
  return path.replace(/\.[^./]*$/, '');
}

/** Texts that people keep beside their images. */
function isAboutTheFolder(path: string): boolean {
  return /(?:^|\/)(?:default|readme|licen[cs]e|prompts|requirements|classes|metadata)\.\w+$/i.test(path);
}

function toStray(file: DatasetFile, ending: string, lacking: ReadonlySet<string>): StrayCaption {
  const stem = withoutEnding(file.path);
  const ofFullName = `${withoutEnding(stem)}.${ending}`;
  if (imageEnding.test(stem)) {
    return { file, kind: 'full-name', meant: lacking.has(ofFullName) ? ofFullName : undefined };
  }
  const ofStem = `${stem}.${ending}`;
  if (ofStem !== file.path && lacking.has(ofStem)) return { file, kind: 'other-ending', meant: ofStem };
  return { file, kind: 'no-image', meant: undefined };
}
