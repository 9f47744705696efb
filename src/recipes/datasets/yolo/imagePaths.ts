/** What Ultralytics 8.4 reads (`IMG_FORMATS`); HEIC needs a package that is not installed with it. */
const readableName = /\.(avif|bmp|dng|jp2|jpe?g|mpo|png|tiff?|webp)$/i;
/** Images all the same, which it leaves out without a word, or cannot open. */
const foreignName = /\.(heic|heif|gif|jfif|pfm|svg|psd|jxl|j2k|ico|raw|cr2|cr3|nef|arw|orf|rw2|ppm|pgm)$/i;

export function isImagePath(path: string): boolean {
  return readableName.test(path);
}

export function isForeignImagePath(path: string): boolean {
  return foreignName.test(path);
}

/**
 * Where the labels of an image are: the last folder called `images` becomes `labels`, the ending `.txt`.
 * runtime/recipes/yolo_dataset.py finds them by the same rule.
 * @param image relative to the dataset folder
 */
export function labelPathOf(image: string): string {
  const rooted = `/${image}`;
  const at = rooted.lastIndexOf('/images/');
  const moved = at < 0 ? rooted : `${rooted.slice(0, at)}/labels/${rooted.slice(at + '/images/'.length)}`;
  return `${moved.slice(1).replace(/\.[^./]*$/, '')}.txt`;
}
