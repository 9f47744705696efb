import type { ImageColors, ImageFacts } from './imageFacts.js';
import type { ImageSource } from './imageSource.js';

const signatureBytes = 8;
const end = Buffer.from('IEND\xae\x42\x60\x82', 'latin1');
const colorTypes: Readonly<Record<number, ImageColors>> = {
  0: 'gray',
  2: 'color',
  3: 'palette',
  4: 'gray',
  6: 'color',
};

/** IHDR is the first chunk (PNG specification, 5.6). */
export async function readPng(source: ImageSource): Promise<ImageFacts | undefined> {
  const { head } = source;
  if (head.length < 33 || head.toString('latin1', 12, 16) !== 'IHDR') return undefined;
  const colors = colorTypes[head.readUInt8(25)];
  if (!colors) return undefined;
  return {
    width: head.readUInt32BE(16),
    height: head.readUInt32BE(20),
    bitsPerChannel: head.readUInt8(24),
    colors,
    isTruncated: !(await source.tail(64)).includes(end) && !(await hasEnd(source)),
  };
}

/** Chunk by chunk: something may follow the image. */
async function hasEnd(source: ImageSource): Promise<boolean> {
  for (let offset = signatureBytes; offset + 12 <= source.bytes;) {
    const chunk = await source.at(offset, 8);
    if (chunk.toString('latin1', 4) === 'IEND') return true;
    offset += chunk.readUInt32BE(0) + 12;
  }
  return false;
}
