const orientationTag = 0x0112;
const entryBytes = 12;

/**
 * The orientation in a TIFF directory, as EXIF uses it; 1 (upright) when it is not said.
 * @param tiff starts with `II` or `MM`
 */
export function exifOrientation(tiff: Buffer): number {
  const isLittle = tiff.toString('latin1', 0, 2) === 'II';
  const word = (offset: number) => (isLittle ? tiff.readUInt16LE(offset) : tiff.readUInt16BE(offset));
  const long = (offset: number) => (isLittle ? tiff.readUInt32LE(offset) : tiff.readUInt32BE(offset));
  try {
    const directory = long(4);
    for (let entry = 0; entry < word(directory); entry += 1) {
      const at = directory + 2 + entry * entryBytes;
      if (word(at) === orientationTag) return validOrientation(word(at + 8));
    }
  } catch {
    // The directory leads out of what is there: a damaged one, which turns nothing.
  }
  return 1;
}

function validOrientation(value: number): number {
  return value >= 1 && value <= 8 ? value : 1;
}
