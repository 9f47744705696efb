import { exifOrientation } from './exif.js';
import type { ImageColors, ImageFacts } from './imageFacts.js';
import type { ImageSource } from './imageSource.js';

const endOfImage = Buffer.from([0xff, 0xd9]);
const startOfScan = 0xda;
const exifSegment = 0xe1;
const exifMark = 'Exif\0\0';
/** More segments than any camera writes before the image. */
const mostSegments = 512;

interface Frame {
  readonly width: number;
  readonly height: number;
  readonly bitsPerChannel: number;
  readonly colors: ImageColors;
}

/** Follows the segments to the frame header (ITU T.81, B.2.2); EXIF comes before it. */
export async function readJpeg(source: ImageSource): Promise<ImageFacts | undefined> {
  let orientation = 1;
  let offset = 2;
  for (let count = 0; count < mostSegments; count += 1) {
    const head = await source.at(offset, 4);
    if (head.length < 4 || head[0] !== 0xff) return undefined;
    const marker = head.readUInt8(1);
    if (marker === 0xff) {
      offset += 1;
      continue;
    }
    if (marker === startOfScan) return undefined;
    const length = head.readUInt16BE(2);
    if (marker === exifSegment) orientation = await readOrientation(source, offset + 4, length - 2);
    if (isFrame(marker)) {
      const frame = toFrame(await source.at(offset + 4, 6));
      return frame && { ...frame, orientation, isTruncated: await isTruncated(source, offset) };
    }
    offset += 2 + length;
  }
  return undefined;
}

/** SOF0 to SOF15 but for DHT, JPG and DAC, which share their numbers. */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
}

function toFrame(bytes: Buffer): Frame | undefined {
  if (bytes.length < 6) return undefined;
  const components = bytes.readUInt8(5);
  return {
    bitsPerChannel: bytes.readUInt8(0),
    height: bytes.readUInt16BE(1),
    width: bytes.readUInt16BE(3),
    colors: components === 4 ? 'cmyk' : components === 1 ? 'gray' : 'color',
  };
}

async function readOrientation(source: ImageSource, offset: number, length: number): Promise<number> {
  const segment = await source.at(offset, length);
  if (segment.toString('latin1', 0, exifMark.length) !== exifMark) return 1;
  return exifOrientation(segment.subarray(exifMark.length));
}

/** Cameras append films and previews to the image, so its end need not be the end of the file. */
async function isTruncated(source: ImageSource, frameOffset: number): Promise<boolean> {
  if ((await source.tail(64)).includes(endOfImage)) return false;
  return !(await source.at(frameOffset, source.bytes - frameOffset)).includes(endOfImage);
}
