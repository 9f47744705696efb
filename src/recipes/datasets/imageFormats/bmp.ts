import type { ImageFacts } from './imageFacts.js';
import type { ImageSource } from './imageSource.js';

/** BITMAPINFOHEADER and its successors; the oldest kind has a header of 12 bytes and 16-bit sizes. */
export function readBmp(source: ImageSource): ImageFacts | undefined {
  const { head } = source;
  if (head.length < 26) return undefined;
  const isOldest = head.readUInt32LE(14) === 12;
  const width = isOldest ? head.readUInt16LE(18) : head.readInt32LE(18);
  // A negative height says that the rows stand from top to bottom.
  const height = Math.abs(isOldest ? head.readInt16LE(20) : head.readInt32LE(22));
  const bitsPerPixel = head.readUInt16LE(isOldest ? 24 : 28);
  const isPacked = !isOldest && head.length >= 34 && ![0, 3].includes(head.readUInt32LE(30));
  const rowBytes = Math.ceil((width * bitsPerPixel) / 32) * 4;
  const isTruncated = !isPacked && head.readUInt32LE(10) + rowBytes * height > source.bytes;
  return { width, height, colors: bitsPerPixel <= 8 ? 'palette' : 'color', bitsPerChannel: 8, isTruncated };
}
