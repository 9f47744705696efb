/** What the labels of a task look like. */
export type LabelTask = 'detect' | 'segment' | 'pose' | 'obb';

export interface LabelRules {
  readonly task: LabelTask;
  /** Ids must be below it; infinite when it is not known, or when all classes count as one. */
  readonly classCount: number;
  /** Number of keypoints, and 2 or 3 numbers for each; of `kpt_shape`. */
  readonly keypoints: readonly [count: number, numbers: number] | undefined;
}

/** Why an image is left out of the training because of its labels. */
export type LabelFault =
  | { readonly kind: 'not-a-number'; readonly line: number; readonly text: string }
  /** Neither 5 numbers, nor a polygon, nor what the keypoints need. */
  | { readonly kind: 'columns'; readonly line: number; readonly count: number }
  | { readonly kind: 'mixed'; readonly line: number }
  | { readonly kind: 'pixels'; readonly line: number; readonly value: number }
  | { readonly kind: 'outside'; readonly line: number; readonly value: number }
  | { readonly kind: 'negative'; readonly line: number; readonly value: number }
  | { readonly kind: 'fraction'; readonly line: number; readonly value: number }
  | { readonly kind: 'class'; readonly line: number; readonly value: number };

/** What a label file holds. */
export interface LabelFacts {
  readonly fault: LabelFault | undefined;
  /** The class of each object. */
  readonly classes: readonly number[];
  readonly form: 'none' | 'boxes' | 'polygons' | 'keypoints';
  readonly duplicates: number;
}

/** Ultralytics lets coordinates be this much out of the image. */
const tolerance = 0.01;
/** Numbers above it were meant as pixels; below, a box only sticks out of its image. */
const surelyPixels = 2;

interface Row {
  readonly line: number;
  readonly text: string;
  /** Class first. */
  readonly values: readonly number[];
}

/** Reads a label file by the rules of Ultralytics 8.4 (`verify_image_label`): the first fault costs the whole image. */
export function readLabels(text: string, rules: LabelRules): LabelFacts {
  const rows = toRows(text, rules);
  const form = formOf(rows, rules);
  return {
    fault: faultOf(rows, form, rules),
    classes: rows.map(({ values }) => values[0] ?? 0),
    form,
    duplicates: rows.length - new Set(rows.map((row) => row.text)).size,
  };
}

function toRows(text: string, { task, keypoints }: LabelRules): Row[] {
  const rows: Row[] = [];
  const posed = keypoints ? 5 + keypoints[0] * keypoints[1] : undefined;
  text.split('\n').forEach((content, at) => {
    const trimmed = content.trim();
    if (trimmed === '') return;
    const values = trimmed.split(/\s+/).map(toNumber);
    const isPosed = task !== 'pose' && values.length === posed;
    rows.push({ line: at + 1, text: trimmed, values: isPosed ? values.slice(0, 5) : values });
  });
  return rows;
}

/** NaN for what Python would not read as a number either. */
function toNumber(text: string): number {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN;
}

function formOf(rows: readonly Row[], { task }: LabelRules): LabelFacts['form'] {
  if (rows.length === 0) return 'none';
  if (task === 'pose') return 'keypoints';
  return rows.some(({ values }) => values.length > 6) ? 'polygons' : 'boxes';
}

function faultOf(rows: readonly Row[], form: LabelFacts['form'], rules: LabelRules): LabelFault | undefined {
  const bad = rows.find(({ values }) => values.some(Number.isNaN));
  if (bad) return { kind: 'not-a-number', line: bad.line, text: bad.text };
  return columnFault(rows, form, rules) ?? firstFault(rows, (row) => valueFault(row, form, rules));
}

function columnFault(
  rows: readonly Row[],
  form: LabelFacts['form'],
  { keypoints }: LabelRules,
): LabelFault | undefined {
  if (form === 'polygons') {
    const box = rows.find(({ values }) => values.length === 5);
    if (box) return { kind: 'mixed', line: box.line };
    return columns(rows.find(({ values }) => values.length < 7 || values.length % 2 === 0));
  }
  const wanted = form === 'keypoints' && keypoints ? 5 + keypoints[0] * keypoints[1] : 5;
  return columns(rows.find(({ values }) => values.length !== wanted));
}

function columns(row: Row | undefined): LabelFault | undefined {
  return row && { kind: 'columns', line: row.line, count: row.values.length };
}

function firstFault(
  rows: readonly Row[],
  faultOfRow: (row: Row) => LabelFault | undefined,
): LabelFault | undefined {
  for (const row of rows) {
    const fault = faultOfRow(row);
    if (fault) return fault;
  }
  return undefined;
}

function valueFault(row: Row, form: LabelFacts['form'], rules: LabelRules): LabelFault | undefined {
  const [id = 0, ...numbers] = row.values;
  const { line } = row;
  const largest = largestOf(numbers, form, rules);
  if (largest > 1 + tolerance) {
    return { kind: largest > surelyPixels ? 'pixels' : 'outside', line, value: largest };
  }
  const least = Math.min(id, ...(form === 'polygons' ? boxOf(numbers) : numbers));
  if (least < -tolerance) return { kind: 'negative', line, value: least };
  if (!Number.isInteger(id)) return { kind: 'fraction', line, value: id };
  return id >= rules.classCount ? { kind: 'class', line, value: id } : undefined;
}

/** The number that must not be above 1; of keypoints only the points are looked at, of polygons the box around. */
function largestOf(numbers: readonly number[], form: LabelFacts['form'], { keypoints }: LabelRules): number {
  if (form === 'polygons') return Math.max(...boxOf(numbers));
  if (form === 'boxes' || !keypoints) return Math.max(...numbers);
  const each = keypoints[1];
  return Math.max(0, ...numbers.slice(4).filter((_, at) => at % each < 2));
}

/** Middle and size of the box around the corners. */
function boxOf(corners: readonly number[]): number[] {
  const xs = corners.filter((_, at) => at % 2 === 0);
  const ys = corners.filter((_, at) => at % 2 === 1);
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  return [(left + right) / 2, (top + bottom) / 2, right - left, bottom - top];
}
