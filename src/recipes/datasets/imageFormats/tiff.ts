import { exifOrientation } from './exif.js';
import type { ImageFacts } from './imageFacts.js';
import type { ImageSource } from './imageSource.js';

const tags = { width: 0x0100, height: 0x0101, bitsPerSample: 0x0102, photometric: 0x0106 } as const;
const separated = 5;
const entryBytes = 12;
const shortType = 3;

/** The first image directory (TIFF 6.0, section 2), wherever in the file it lies. */
export async function readTiff(source: ImageSource): Promise<ImageFacts | undefined> {
  const { head } = source;
  if (head.length < 8) return undefined;
  const isLittle = head.toString('latin1', 0, 2) === 'II';
  const word = (from: Buffer, at: number) => (isLittle ? from.readUInt16LE(at) : from.readUInt16BE(at));
  const long = (from: Buffer, at: number) => (isLittle ? from.readUInt32LE(at) : from.readUInt32BE(at));

  const offset = long(head, 4);
  const count = await source.at(offset, 2);
  if (count.length < 2) return undefined;
  const entries = await source.at(offset + 2, word(count, 0) * entryBytes);
  const values = new Map<number, number>();
  for (let at = 0; at + entryBytes <= entries.length; at += entryBytes) {
    const isShort = word(entries, at + 2) === shortType;
    values.set(word(entries, at), isShort ? word(entries, at + 8) : long(entries, at + 8));
  }
  const width = values.get(tags.width);
  const height = values.get(tags.height);
  if (width === undefined || height === undefined) return undefined;
  return {
    width,
    height,
    colors: values.get(tags.photometric) === separated ? 'cmyk' : 'color',
    orientation: exifOrientation(await source.at(0, Math.min(source.bytes, offset + 2 + entries.length))),
    isTruncated: entries.length < word(count, 0) * entryBytes,
  };
}
