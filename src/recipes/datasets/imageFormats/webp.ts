import type { ImageFacts } from './imageFacts.js';
import type { ImageSource } from './imageSource.js';

/** The first chunk says which of the three kinds it is (RFC 9649). */
export function readWebp(source: ImageSource): ImageFacts | undefined {
  const { head } = source;
  if (head.length < 30) return undefined;
  const size = sizeOf(head);
  const isTruncated = head.readUInt32LE(4) + 8 > source.bytes;
  return size && { ...size, colors: 'color', bitsPerChannel: 8, isTruncated };
}

function sizeOf(head: Buffer): { readonly width: number; readonly height: number } | undefined {
  switch (head.toString('latin1', 12, 16)) {
    case 'VP8 ':
      return { width: head.readUInt16LE(26) & 0x3fff, height: head.readUInt16LE(28) & 0x3fff };
    case 'VP8L': {
      const bits = head.readUInt32LE(21);
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
    }
    case 'VP8X':
      return { width: head.readUIntLE(24, 3) + 1, height: head.readUIntLE(27, 3) + 1 };
    default:
      return undefined;
  }
}
