import { messageOf } from '../../errors.js';
import { withFile } from './filePart.js';
import { readBmp } from './imageFormats/bmp.js';
import { readGif } from './imageFormats/gif.js';
import type { ImageFacts } from './imageFormats/imageFacts.js';
import { ImageSource } from './imageFormats/imageSource.js';
import { isoMediaFormat, readIsoMedia } from './imageFormats/isoMedia.js';
import { readJpeg } from './imageFormats/jpeg.js';
import { readJpeg2000 } from './imageFormats/jpeg2000.js';
import { readPng } from './imageFormats/png.js';
import { readTiff } from './imageFormats/tiff.js';
import { readWebp } from './imageFormats/webp.js';

export type ImageFormat = 'png' | 'jpeg' | 'webp' | 'bmp' | 'gif' | 'tiff' | 'heic' | 'avif' | 'jp2';

/** What a file is, by its content and not by its name. */
export type ImageHeader =
  | (ImageFacts & { readonly kind: 'image'; readonly format: ImageFormat })
  /** Begins like an image, and goes on as none. */
  | { readonly kind: 'damaged'; readonly format: ImageFormat }
  | { readonly kind: 'empty' }
  | { readonly kind: 'not-an-image' }
  | { readonly kind: 'unreadable'; readonly reason: string };

/** Reads the header of an image, a few kilobytes, and looks whether its end is there. Never throws. */
export async function readImageHeader(path: string): Promise<ImageHeader> {
  try {
    return await withFile(path, async (part, descriptor) => lookAt(await ImageSource.of(part, descriptor)));
  } catch (error) {
    return { kind: 'unreadable', reason: messageOf(error) };
  }
}

/** Width and height as a person sees it: turned as EXIF says. */
export function uprightSize({ width, height, orientation = 1 }: ImageFacts): {
  width: number;
  height: number;
} {
  return orientation >= 5 ? { width: height, height: width } : { width, height };
}

async function lookAt(source: ImageSource): Promise<ImageHeader> {
  if (source.bytes === 0) return { kind: 'empty' };
  const format = formatOf(source.head);
  if (!format) return { kind: 'not-an-image' };
  const facts = await factsOf(format, source);
  if (!facts || facts.width <= 0 || facts.height <= 0) return { kind: 'damaged', format };
  return { kind: 'image', format, ...facts };
}

async function factsOf(format: ImageFormat, source: ImageSource): Promise<ImageFacts | undefined> {
  try {
    return await readers[format](source);
  } catch (error) {
    // Sizes and offsets of a damaged header lead out of the buffer.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

type FactsReader = (source: ImageSource) => ImageFacts | undefined | Promise<ImageFacts | undefined>;

const readers: Readonly<Record<ImageFormat, FactsReader>> = {
  png: readPng,
  jpeg: readJpeg,
  webp: readWebp,
  bmp: readBmp,
  gif: readGif,
  tiff: readTiff,
  heic: readIsoMedia,
  avif: readIsoMedia,
  jp2: readJpeg2000,
};

function formatOf(head: Buffer): ImageFormat | undefined {
  const start = head.toString('latin1', 0, 12);
  if (start.startsWith('\x89PNG\r\n\x1a\n')) return 'png';
  if (start.startsWith('\xff\xd8\xff')) return 'jpeg';
  if (start.startsWith('RIFF') && start.endsWith('WEBP')) return 'webp';
  if (start.startsWith('GIF87a') || start.startsWith('GIF89a')) return 'gif';
  if (start.startsWith('II*\0') || start.startsWith('MM\0*')) return 'tiff';
  if (start.startsWith('\0\0\0\x0cjP  \r\n')) return 'jp2';
  // Two letters are few: what follows must be a plausible header too.
  if (start.startsWith('BM') && head.length >= 18 && isBmpHeader(head.readUInt32LE(14))) return 'bmp';
  return isoMediaFormat(head);
}

function isBmpHeader(bytes: number): boolean {
  return [12, 40, 52, 56, 64, 108, 124].includes(bytes);
}
