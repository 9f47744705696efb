import { uprightSize, type ImageHeader } from '../imageHeader.js';
import { Findings } from './labelTally.js';

/** Ultralytics leaves smaller images out. */
const leastPixels = 10;
const openable = new Set(['png', 'jpeg', 'webp', 'bmp', 'tiff', 'avif', 'jp2']);

/** What the headers of all images say, added up. */
export class ImageTally {
  /** Empty, damaged or no images at all. */
  readonly broken = new Findings<string>();
  readonly truncated = new Findings<string>();
  readonly tiny = new Findings<string>();
  /** Their names end like images, their content is of a format that is not read. */
  readonly disguised = new Findings<string>();
  readonly #sizes: { width: number; height: number }[] = [];

  add(path: string, header: ImageHeader): void {
    if (header.kind !== 'image') {
      this.broken.add(path, header.kind === 'empty' ? 'empty' : 'damaged');
      return;
    }
    const { width, height } = uprightSize(header);
    if (!openable.has(header.format)) this.disguised.add(path, header.format);
    else if (width < leastPixels || height < leastPixels) this.tiny.add(path, `${width} × ${height}`);
    else if (header.isTruncated) this.truncated.add(path, header.format);
    this.#sizes.push({ width, height });
  }

  /** Longer side of the image in the middle; `undefined` when no image could be read. */
  get medianSide(): number | undefined {
    const sides = this.#sizes.map(({ width, height }) => Math.max(width, height)).sort((a, b) => a - b);
    return sides[Math.floor((sides.length - 1) / 2)];
  }

  /** All decoded images together, as `cache` would hold them. */
  get pixels(): number {
    return this.#sizes.reduce((sum, { width, height }) => sum + width * height, 0);
  }
}
