import type { ImageFacts } from './imageFacts.js';
import type { ImageSource } from './imageSource.js';

const heicBrands = ['heic', 'heix', 'hevc', 'hevx', 'heim', 'heis', 'mif1', 'msf1'];
const avifBrands = ['avif', 'avis'];
const mostMetaBytes = 1024 * 1024;

/** HEIC and AVIF are the same boxes (ISO/IEC 14496-12); the brands in the first one tell them apart. */
export function isoMediaFormat(head: Buffer): 'heic' | 'avif' | undefined {
  if (head.length < 16 || head.toString('latin1', 4, 8) !== 'ftyp') return undefined;
  const size = Math.min(head.readUInt32BE(0), head.length);
  const brands: string[] = [];
  for (let at = 8; at + 4 <= size; at += 4) brands.push(head.toString('latin1', at, at + 4));
  if (brands.some((brand) => avifBrands.includes(brand))) return 'avif';
  return brands.some((brand) => heicBrands.includes(brand)) ? 'heic' : undefined;
}

/** The largest of the sizes in its properties: the others are tiles and thumbnails. */
export async function readIsoMedia(source: ImageSource): Promise<ImageFacts | undefined> {
  let size: { width: number; height: number } | undefined;
  let offset = 0;
  while (offset + 8 <= source.bytes) {
    const box = await source.at(offset, 16);
    const bytes = boxBytes(box, source.bytes - offset);
    if (bytes < 8) return undefined;
    if (box.toString('latin1', 4, 8) === 'meta') {
      size = largestExtent(await source.at(offset, Math.min(bytes, mostMetaBytes)));
    }
    offset += bytes;
  }
  return size && { ...size, colors: 'color', isTruncated: offset > source.bytes };
}

/** 0 means up to the end of the file, 1 that the size follows in 64 bits. */
function boxBytes(box: Buffer, rest: number): number {
  const bytes = box.readUInt32BE(0);
  if (bytes === 0) return rest;
  return bytes === 1 && box.length === 16 ? Number(box.readBigUInt64BE(8)) : bytes;
}

function largestExtent(meta: Buffer): { width: number; height: number } | undefined {
  let largest: { width: number; height: number } | undefined;
  for (let at = meta.indexOf('ispe'); at >= 0 && at + 16 <= meta.length; at = meta.indexOf('ispe', at + 4)) {
    const extent = { width: meta.readUInt32BE(at + 8), height: meta.readUInt32BE(at + 12) };
    if (!largest || extent.width * extent.height > largest.width * largest.height) largest = extent;
  }
  return largest;
}
