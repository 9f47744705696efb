import type { DatasetFile } from '../datasetFolder.js';

export const partNames = ['train', 'val', 'test'] as const;
export type PartName = (typeof partNames)[number];

/** Images of one part of a dataset, by class; both in alphabetical order. */
export interface ImagePart {
  /** Relative to the dataset folder, without a slash at the end; empty for the folder itself. */
  readonly folder: string;
  readonly classes: ReadonlyMap<string, readonly DatasetFile[]>;
}

/**
 * How a folder of images is divided: `train/<class>/…` and `val/<class>/…`, or `<class>/…` alone. An image may lie
 * deeper inside the folder of its class.
 */
export interface ImageFolderLayout {
  readonly train: ImagePart;
  /** Absent: nobody has said which images are held back. */
  readonly val?: ImagePart;
  readonly test?: ImagePart;
  /** Images that lie in no class. */
  readonly loose: readonly DatasetFile[];
}

/** What torchvision's ImageFolder takes for an image; runtime/recipes/pytorch_images.py takes the same. */
const imageName = /\.(jpe?g|png|ppm|bmp|pgm|tiff?|webp)$/i;
/** Images all the same, which no loader of ours opens. */
const foreignImageName =
  /\.(heic|heif|avif|gif|jfif|jp2|j2k|jxl|svg|psd|ico|raw|dng|cr2|cr3|nef|arw|orf|rw2)$/i;

/** Folders that say which part of the data is in them, in any letter case; of several the first one counts. */
const partFolders: Readonly<Record<PartName, readonly string[]>> = {
  train: ['train', 'training'],
  val: ['val', 'valid', 'validation'],
  test: ['test', 'testing'],
};

export function isImageFile({ path }: DatasetFile): boolean {
  return imageName.test(path);
}

export function isForeignImageFile({ path }: DatasetFile): boolean {
  return foreignImageName.test(path);
}

/**
 * Finds the classes of a folder; `undefined` when there is not one image in a folder of its own.
 * A folder that only wraps another (`flowers/flowers/rose/…`) is passed through. `test` stands in where there is no
 * `val`. runtime/recipes/pytorch_images.py finds them by the same rule.
 */
export function findLayout(files: readonly DatasetFile[]): ImageFolderLayout | undefined {
  const images = files.filter(isImageFile);
  const root = findRoot(images);
  const folders = byFolder(images, root);
  const part = (name: PartName): string | undefined =>
    partFolders[name]
      .map((wanted) => [...folders.keys()].find((folder) => folder.toLowerCase() === wanted))
      .find((folder) => folder !== undefined);
  const train = part('train');
  const layout =
    train === undefined
      ? { train: { folder: trimSlash(root), classes: folders }, loose: directlyIn(images, root) }
      : dividedLayout(images, root, { train, val: part('val'), test: part('test') });
  return layout.train.classes.size > 0 ? layout : undefined;
}

export function imagesOf(part: ImagePart | undefined): DatasetFile[] {
  return part === undefined ? [] : [...part.classes.values()].flat();
}

type PartFolders = { readonly train: string } & Readonly<Record<'val' | 'test', string | undefined>>;

function dividedLayout(
  images: readonly DatasetFile[],
  root: string,
  folders: PartFolders,
): ImageFolderLayout {
  const read = (folder: string): ImagePart => {
    const prefix = `${root}${folder}/`;
    return { folder: trimSlash(prefix), classes: byFolder(images, prefix) };
  };
  const held = [folders.val, folders.test].filter((folder) => folder !== undefined);
  const [val, test] = held.map(read).filter(({ classes }) => classes.size > 0);
  const loose = ['', folders.train, ...held].flatMap((folder) =>
    directlyIn(images, folder === '' ? root : `${root}${folder}/`),
  );
  return { train: read(folders.train), ...(val && { val }), ...(test && { test }), loose };
}

/** The folder, with a slash at its end, that holds parts or classes. */
function findRoot(images: readonly DatasetFile[]): string {
  for (let root = ''; ;) {
    const [folder, ...others] = byFolder(images, root).keys();
    if (folder === undefined || others.length > 0 || directlyIn(images, root).length > 0) return root;
    if (partFolders.train.includes(folder.toLowerCase())) return root;
    const inside = `${root}${folder}/`;
    if (directlyIn(images, inside).length > 0) return root;
    root = inside;
  }
}

function directlyIn(images: readonly DatasetFile[], prefix: string): DatasetFile[] {
  return images.filter(({ path }) => path.startsWith(prefix) && !path.includes('/', prefix.length));
}

/** Images below `prefix` by the folder that comes next. */
function byFolder(images: readonly DatasetFile[], prefix: string): Map<string, DatasetFile[]> {
  const folders = new Map<string, DatasetFile[]>();
  for (const image of images) {
    const end = image.path.startsWith(prefix) ? image.path.indexOf('/', prefix.length) : -1;
    if (end < 0) continue;
    const name = image.path.slice(prefix.length, end);
    const known = folders.get(name);
    if (known) known.push(image);
    else folders.set(name, [image]);
  }
  return folders;
}

function trimSlash(path: string): string {
  return path.replace(/\/$/, '');
}
