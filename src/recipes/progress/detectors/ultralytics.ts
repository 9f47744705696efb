import type { Bar } from '../bar.js';
import type { Line } from '../line.js';
import type { LineLayout } from '../lineLayout.js';
import { parseNumber } from '../numbers.js';
import type { Detector, Framework, Observation, RunView } from '../observation.js';
import { nothingNew } from '../observation.js';
import { isEmpty } from '../pairs.js';
import { groupSpan, type Place } from '../place.js';
import { newMetrics, type Metrics } from '../point.js';

const header = /^\s*Epoch\s+gpu_mem\s+(.{1,300})$/i;
const row = /^\s*(\d{1,6})\/(\d{1,6})\s+\d{1,5}(?:\.\d{1,4})?[GM]B?\s+(.{1,300})$/d;
const validationHeader = /^\s*(?:Class\s+Images\s+(?:Instances|Labels|Targets)|classes)\s+(.{1,300})$/;
const allRow = /^\s*all\s+([-\d.e+nainf\s]{1,300})$/;

/** Columns that count or size instead of measuring. */
const notLosses = new Set(
  ['Instances', 'Labels', 'Targets', 'Size', 'Img_size'].flatMap((name) => [name, name.toLowerCase()]),
);

/** What the columns are called when the header was cut off, by their number. */
const usualLosses: Readonly<Record<number, readonly string[]>> = {
  1: ['loss'],
  3: ['box_loss', 'cls_loss', 'dfl_loss'],
  4: ['box_loss', 'seg_loss', 'cls_loss', 'dfl_loss'],
  5: ['box_loss', 'pose_loss', 'kobj_loss', 'cls_loss', 'dfl_loss'],
};
const usualScores: Readonly<Record<number, readonly string[]>> = {
  2: ['top1_acc', 'top5_acc'],
  6: ['', '', 'precision', 'recall', 'mAP50', 'mAP50-95'],
  10: [
    '',
    '',
    'Box_P',
    'Box_R',
    'Box_mAP50',
    'Box_mAP50-95',
    'Mask_P',
    'Mask_R',
    'Mask_mAP50',
    'Mask_mAP50-95',
  ],
};

/** Ultralytics 8 and the YOLOv5 code base: a header names the columns of the rows that follow. */
export class UltralyticsDetector implements Detector {
  readonly #run: RunView;
  #columns: readonly string[] = [];
  #scores: readonly string[] = [];
  #framework: Framework = 'ultralytics';
  /** Between a header and its first row the bar has no row before it. */
  #awaitsRow = false;
  /** YOLOv5's detection and segmentation count from 0: `0/29`. */
  #countsFromZero = false;

  constructor(run: RunView) {
    this.#run = run;
  }

  read(line: Line): Observation | undefined {
    const { bar } = line;
    const cells = line.find(rowLayout);
    if (cells) {
      return this.#readRow(line, cells, bar);
    }
    return bar ? this.#readBar(line, bar) : this.#readText(line.text);
  }

  #readText(text: string): Observation | undefined {
    const first = /\S/.exec(text)?.[0];
    if (first === 'E' || first === 'e') {
      const match = header.exec(text);
      return match ? this.#readHeader(match[1] ?? '') : undefined;
    }
    if (first === 'a') {
      const match = allRow.exec(text);
      return match ? this.#readScores(match[1] ?? '') : undefined;
    }
    return (first === 'C' || first === 'c') && validationHeader.test(text)
      ? this.#readValidationHeader(text)
      : undefined;
  }

  #readHeader(columns: string): Observation {
    this.#columns = columns.trim().split(/\s+/);
    this.#awaitsRow = true;
    const isVersion5 = this.#columns.some((name) => /^(?:obj_loss|obj|train_loss|test_loss)$/.test(name));
    this.#framework = isVersion5 ? 'yolov5' : 'ultralytics';
    this.#countsFromZero ||= this.#columns.some((name) => name.startsWith('obj'));
    return { framework: this.#framework, kind: 'silent' };
  }

  #readBar(line: Line, bar: Bar): Observation | undefined {
    const label = line.find(labelOfBar);
    if (validationHeader.test(label)) {
      return this.#readValidationHeader(label);
    }
    const isOurs = this.#run.framework === this.#framework && this.#columns.length > 0;
    if (isOurs && this.#awaitsRow && label === '' && bar.countsIterations) {
      return { step: bar.count, totalSteps: bar.total, scope: 'epoch' };
    }
    return isOurs ? nothingNew : undefined;
  }

  #readRow(line: Line, row: Row, bar: Bar | undefined): Observation | undefined {
    this.#awaitsRow = false;
    const metrics = this.#losses(line, row.cells);
    if (isEmpty(metrics) && !bar) {
      return undefined;
    }
    const shift = this.#shift(line.value(row.epoch));
    const epoch = line.value(row.epoch) + shift;
    const totalEpochs = line.value(row.totalEpochs) + shift;
    return bar && !row.isTesting
      ? {
          framework: this.#framework,
          epoch,
          totalEpochs,
          step: bar.count,
          totalSteps: bar.total,
          scope: 'epoch',
          metrics,
        }
      : {
          framework: this.#framework,
          epoch,
          totalEpochs,
          scope: 'epoch',
          ...(row.isTesting ? { kind: 'silent' } : { metrics }),
        };
  }

  /** What makes a printed epoch count from 1. */
  #shift(printed: number): number {
    this.#countsFromZero ||= printed === 0;
    return this.#countsFromZero ? 1 : 0;
  }

  #losses(line: Line, cells: readonly Cell[]): Metrics {
    const metrics = newMetrics();
    const columns = this.#columns.length > 0 ? this.#columns : (usualLosses[cells.length - 2] ?? []);
    for (let index = 0; index < columns.length; index++) {
      const name = columns[index] ?? '';
      const cell = cells[index];
      if (cell === undefined || cell === 'testing') {
        break;
      }
      if (cell !== 'text' && !notLosses.has(name)) {
        metrics[name] = line.value(cell);
      }
    }
    return metrics;
  }

  #readValidationHeader(label: string): Observation {
    this.#scores = scoreNames(label);
    return { framework: this.#framework, kind: 'silent' };
  }

  #readScores(text: string): Observation | undefined {
    const cells = text.trim().split(/\s+/);
    const names = this.#scores.length === cells.length ? this.#scores : (usualScores[cells.length] ?? []);
    const metrics = newMetrics();
    for (const [index, name] of names.entries()) {
      const cell = cells[index] ?? '';
      if (name !== '' && isNumber(cell)) {
        metrics[name] = parseNumber(cell);
      }
    }
    return Object.keys(metrics).length === 0
      ? undefined
      : { framework: this.#framework, metrics, phase: 'validation' };
  }
}

/** A cell of a row under the losses: a number, or what it is instead. */
type Cell = Place | 'testing' | 'text';

interface Row {
  readonly epoch: Place;
  readonly totalEpochs: Place;
  readonly cells: readonly Cell[];
  /** The bar in it counts the batches of a validation. */
  readonly isTesting: boolean;
}

/** `1/300 1.4G 1.077 5.017 17 640`, alone or as the label of a bar. */
function rowLayout(text: string, layout: LineLayout): Row | undefined {
  const label = layout.bar ? text.slice(0, layout.bar.labelStart + layout.bar.label.length) : text;
  const match = row.exec(label);
  const [epoch, totalEpochs, rest] = [1, 2, 3].map((group) => groupSpan(match, group));
  if (!epoch || !totalEpochs || !rest) {
    return undefined;
  }
  const cells = [...label.slice(rest.start).matchAll(/\S+/g)].map(({ index, 0: cell }): Cell => {
    if (!isNumber(cell)) {
      return cell === 'testing' ? 'testing' : 'text';
    }
    return layout.number({ start: rest.start + index, end: rest.start + index + cell.length });
  });
  return {
    epoch: layout.number(epoch),
    totalEpochs: layout.number(totalEpochs),
    cells,
    isTesting: cells.includes('testing'),
  };
}

function labelOfBar(_text: string, { bar }: LineLayout): string {
  return bar?.label ?? '';
}

function isNumber(cell: string): boolean {
  return /^[-+]?(?:\d{1,20}(?:\.\d{0,20})?(?:e[-+]?\d{1,3})?|nan|inf)$/i.test(cell);
}

/**
 * `Class Images Instances Box(P R mAP50 mAP50-95) Mask(P …)` → a name per column, '' for the counts.
 * With one group the names stand alone; with two they carry their group: `Mask_mAP50`.
 */
function scoreNames(label: string): readonly string[] {
  const words = label.trim().split(/\s+/).slice(1);
  const groups = words.filter((word) => word.includes('(')).length;
  let group = '';
  return words.map((word) => {
    const opened = /^(\w+)\((.*)$/.exec(word);
    group = opened?.[1] ?? group;
    const name = (opened?.[2] ?? word).replace(/[):]+$/, '');
    if (/^(?:images|instances|labels|targets)$/i.test(name)) {
      return '';
    }
    return groups > 1 ? `${group}_${name}` : aloneName(name);
  });
}

const aloneNames: Readonly<Record<string, string>> = {
  P: 'precision',
  R: 'recall',
  'mAP@.5': 'mAP50',
  'mAP@0.5': 'mAP50',
  // Cut at the edge of the terminal.
  'mAP50-': 'mAP50-95',
  'mAP@.5:.95': 'mAP50-95',
  'mAP@0.5:0.95': 'mAP50-95',
};

function aloneName(name: string): string {
  return aloneNames[name] ?? name;
}
