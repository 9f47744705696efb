import { join, posix } from 'node:path';
import { InputError } from '../../../../errors.js';
import type { DatasetFile, DatasetFolder } from '../../datasetFolder.js';
import { readImageHeader, uprightSize } from '../../imageHeader.js';
import type { Repair } from '../../problem.js';
import { labelPathOf } from '../imagePaths.js';
import { readLabels, type LabelRules } from '../labelText.js';
import { countOf } from '../../wording.js';
import { replaceFiles } from '../../replaceFiles.js';

/** More files than a person reads through are named by their folders. */
const mostNamed = 20;

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Divides coordinates in pixels by the size of their images. Files that hold fractions already stay as they are. */
export function convertPixels(
  folder: DatasetFolder,
  images: readonly DatasetFile[],
  labels: readonly string[],
  rules: LabelRules,
): Repair {
  const imageOf = new Map(images.map((image) => [labelPathOf(image.path), image.path]));
  return {
    title: 'Convert pixels to numbers from 0 to 1',
    changes:
      labels.length <= mostNamed ? labels : [...new Set(labels.map((path) => `${posix.dirname(path)}/`))],
    async apply(signal) {
      const rows = new Map<string, { readonly size: Size; readonly rows: number[][] }>();
      for (const label of labels) {
        signal.throwIfAborted();
        const text = await folder.text(label, signal);
        if (readLabels(text, rules).fault?.kind !== 'pixels') continue;
        rows.set(label, { size: await sizeOf(folder, imageOf.get(label) ?? ''), rows: toRows(text) });
      }
      const isCorners = rules.task === 'detect' && areCorners([...rows.values()]);
      const converted = new Map(
        [...rows].map(([label, content]) => [
          label,
          toText(content.rows, content.size, { rules, isCorners }),
        ]),
      );
      const still = [...converted].find(([, text]) => readLabels(text, rules).fault?.kind === 'pixels');
      if (still) {
        throw new InputError(
          `${still[0]} holds numbers beyond the size of its image; nothing was converted.`,
        );
      }
      await replaceFiles(folder.path, converted, signal);
      const how = isCorners ? ', read as the corners of boxes (x1 y1 x2 y2)' : '';
      return `Converted ${countOf(converted.size, 'label file')}${how}.`;
    },
  };
}

async function sizeOf(folder: DatasetFolder, image: string): Promise<Size> {
  const header = await readImageHeader(join(folder.path, image));
  if (header.kind === 'image') return uprightSize(header);
  throw new InputError(`The size of ${image} cannot be read, so its labels cannot be converted.`);
}

function toRows(text: string): number[][] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => line.split(/\s+/).map(Number));
}

/**
 * Some tools write two corners where YOLO wants the middle and the size. They did when every third number is larger
 * than the first, every fourth than the second, and boxes read as middle and size stick out of their images.
 */
function areCorners(files: readonly { readonly size: Size; readonly rows: readonly number[][] }[]): boolean {
  let sticksOut = false;
  for (const { size, rows } of files) {
    for (const [, a = 0, b = 0, c = 0, d = 0] of rows) {
      if (c <= a || d <= b) return false;
      sticksOut ||= a + c / 2 > size.width * 1.01 || b + d / 2 > size.height * 1.01;
    }
  }
  return sticksOut;
}

interface Reading {
  readonly rules: LabelRules;
  readonly isCorners: boolean;
}

function toText(rows: readonly number[][], { width, height }: Size, { rules, isCorners }: Reading): string {
  const lines = rows.map(([id = 0, ...numbers]) => {
    const [a = 0, b = 0, c = 0, d = 0] = numbers;
    const box = isCorners && numbers.length === 4 ? [(a + c) / 2, (b + d) / 2, c - a, d - b] : numbers;
    const scaled = box.map((number, at) => {
      const axis = axisOf(at, rules);
      return axis === 'none' ? String(number) : shorten(number / (axis === 'x' ? width : height));
    });
    return [String(id), ...scaled].join(' ');
  });
  return lines.map((line) => `${line}\n`).join('');
}

/** x and y take turns, but that a keypoint may be followed by whether it can be seen. */
function axisOf(at: number, { task, keypoints }: LabelRules): 'x' | 'y' | 'none' {
  const place = task === 'pose' && at >= 4 ? (at - 4) % (keypoints?.[1] ?? 2) : at % 2;
  return (['x', 'y', 'none'] as const)[place] ?? 'none';
}

function shorten(value: number): string {
  return String(Number(value.toFixed(6)));
}
