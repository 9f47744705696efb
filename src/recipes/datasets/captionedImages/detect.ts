import type { Fit } from '../../recipe.js';
import type { DatasetFolder } from '../datasetFolder.js';
import { pairUp, type CaptionedImage, type Pairing } from './pairing.js';

const fewestFlat = 5;
const mostFlat = 500;
const headsRead = 10;
const headBytes = 400;
/** Boxes and polygons of YOLO: lines of numbers. */
const labelText = /^[\s\d.e+-]+$/i;

/** How well a folder fits a training on images with captions. */
export async function detectCaptionedImages(
  folder: DatasetFolder,
  signal: AbortSignal,
): Promise<Fit | undefined> {
  const txt = await pairUp(folder, 'txt', signal);
  const { images } = txt;
  if (images.length === 0) return undefined;
  const captioned = Math.max(captionsOf(txt), captionsOf(await pairUp(folder, 'caption', signal)));
  if (captioned > 0 && (await haveLabels(folder, images))) return undefined;
  const count = images.length === 1 ? '1 image' : `${images.length.toLocaleString('en-US')} images`;
  if (captioned >= Math.ceil(images.length / 2)) return { score: 0.8, why: `has ${count} with captions` };
  if (await isPlainFolder(folder, txt, signal)) return { score: 0.5, why: `has ${count}` };
  return undefined;
}

function captionsOf({ images }: Pairing): number {
  return images.filter(({ caption }) => caption).length;
}

async function haveLabels(folder: DatasetFolder, images: readonly CaptionedImage[]): Promise<boolean> {
  const captions = images.flatMap(({ caption }) => (caption && caption.bytes > 0 ? [caption] : []));
  const heads = await Promise.all(
    captions
      .slice(0, headsRead)
      .map(async ({ path }) => (await folder.head(path, headBytes)).toString('utf8')),
  );
  return heads.length > 0 && heads.every((head) => labelText.test(head));
}

/** A handful of images in one folder, and nothing that says what else they are for. */
async function isPlainFolder(
  folder: DatasetFolder,
  { images }: Pairing,
  signal: AbortSignal,
): Promise<boolean> {
  if (images.length < fewestFlat || images.length > mostFlat) return false;
  if (images.some(({ file }) => file.path.includes('/'))) return false;
  const files = await folder.files(signal);
  return !files.some(({ path }) => /\.(?:ya?ml|csv|tsv|jsonl?|xml|py)$/i.test(path) || path.includes('/'));
}
