import type { ImageFacts } from './imageFacts.js';
import type { ImageSource } from './imageSource.js';

const trailer = 0x3b;

export async function readGif(source: ImageSource): Promise<ImageFacts | undefined> {
  const { head } = source;
  if (head.length < 13) return undefined;
  return {
    width: head.readUInt16LE(6),
    height: head.readUInt16LE(8),
    colors: 'palette',
    bitsPerChannel: 8,
    isTruncated: !(await source.tail(16)).includes(trailer),
  };
}
