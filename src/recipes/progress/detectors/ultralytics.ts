import { parseNumber } from '../numbers.js';
import type { Detector, Framework, Line, Observation, RunView } from '../observation.js';
import { nothingNew } from '../observation.js';
import { newMetrics, type Metrics } from '../point.js';
import type { Bar } from '../bar.js';

const header = /^\s*Epoch\s+gpu_mem\s+(.{1,300})$/i;
const row = /^\s*(\d{1,6})\/(\d{1,6})\s+\d{1,5}(?:\.\d{1,4})?[GM]B?\s+(.{1,300})$/;
const validationHeader = /^\s*(?:Class\s+Images\s+(?:Instances|Labels|Targets)|classes)\s+(.{1,300})$/;
const allRow = /^\s*all\s+([-\d.e+nainf\s]{1,300})$/;

/** Columns that count or size instead of measuring. */
const notLosses = /^(?:instances|labels|targets|size|img_size)$/i;

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
    return line.bar ? this.#readBar(line.bar) : this.#readText(line.text);
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
    if ((first === 'C' || first === 'c') && validationHeader.test(text)) {
      return this.#readValidationHeader(text);
    }
    return first !== undefined && first >= '0' && first <= '9' ? this.#readRow(text, undefined) : undefined;
  }

  #readHeader(columns: string): Observation {
    this.#columns = columns.trim().split(/\s+/);
    this.#awaitsRow = true;
    const isVersion5 = this.#columns.some((name) => /^(?:obj_loss|obj|train_loss|test_loss)$/.test(name));
    this.#framework = isVersion5 ? 'yolov5' : 'ultralytics';
    this.#countsFromZero ||= this.#columns.some((name) => name.startsWith('obj'));
    return { framework: this.#framework, kind: 'silent' };
  }

  #readBar(bar: Bar): Observation | undefined {
    if (validationHeader.test(bar.label)) {
      return this.#readValidationHeader(bar.label);
    }
    const observation = this.#readRow(bar.label, bar);
    if (observation) {
      return observation;
    }
    const isOurs = this.#run.framework === this.#framework && this.#columns.length > 0;
    if (isOurs && this.#awaitsRow && bar.label === '' && bar.countsIterations) {
      return { step: bar.count, totalSteps: bar.total, scope: 'epoch' };
    }
    return isOurs ? nothingNew : undefined;
  }

  #readRow(text: string, bar: Bar | undefined): Observation | undefined {
    const match = row.exec(text);
    if (!match) {
      return undefined;
    }
    this.#awaitsRow = false;
    const cells = (match[3] ?? '').trim().split(/\s+/);
    const isTesting = cells.includes('testing');
    const metrics = this.#losses(cells);
    const columnsFit = Object.keys(metrics).length > 0;
    if (!columnsFit && !bar) {
      return undefined;
    }
    return {
      framework: this.#framework,
      ...this.#epoch(Number(match[1]), Number(match[2])),
      ...(isTesting ? { kind: 'silent' } : { metrics }),
      ...(bar && !isTesting && { step: bar.count, totalSteps: bar.total }),
      scope: 'epoch',
    };
  }

  #epoch(printed: number, printedTotal: number): Observation {
    this.#countsFromZero ||= printed === 0;
    const shift = this.#countsFromZero ? 1 : 0;
    return { epoch: printed + shift, totalEpochs: printedTotal + shift };
  }

  #losses(cells: readonly string[]): Metrics {
    const metrics = newMetrics();
    const columns = this.#columns.length > 0 ? this.#columns : (usualLosses[cells.length - 2] ?? []);
    for (const [index, name] of columns.entries()) {
      const cell = cells[index];
      if (cell === undefined || cell === 'testing') {
        break;
      }
      if (!notLosses.test(name) && isNumber(cell)) {
        metrics[name] = parseNumber(cell);
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
  'mAP@.5:.95': 'mAP50-95',
  'mAP@0.5:0.95': 'mAP50-95',
};

function aloneName(name: string): string {
  return aloneNames[name] ?? name;
}
