import type { ImageFacts } from './imageFacts.js';
import type { ImageSource } from './imageSource.js';

/** The image header box (ISO/IEC 15444-1, I.5.3.1). */
export function readJpeg2000(source: ImageSource): ImageFacts | undefined {
  const { head } = source;
  const at = head.indexOf('ihdr');
  if (at < 0 || at + 12 > head.length) return undefined;
  return { height: head.readUInt32BE(at + 4), width: head.readUInt32BE(at + 8), isTruncated: false };
}
